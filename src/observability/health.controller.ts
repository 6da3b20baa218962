import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Readiness, type ReadinessReport } from './readiness.js';

@ApiTags('operations')
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @ApiOperation({ summary: 'The process answers. Restart it when this fails, and only then.' })
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  @Get('ready')
  @ApiOperation({ summary: '200 when clients should be sent here, else 503 with the reasons' })
  ready(): ReadinessReport {
    const report = this.readiness.report();
    if (report.status !== 'ready') throw new ServiceUnavailableException(report);
    return report;
  }
}
