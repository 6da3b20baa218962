import type { IncomingMessage } from 'node:http';
import { Controller, Get, Req, ServiceUnavailableException } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdminDoor } from './admin-door.js';
import { Readiness, type ReadinessReport } from './readiness.js';

@ApiTags('operations')
@Controller('health')
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly admin: AdminDoor,
  ) {}

  @Get('live')
  @ApiOperation({
    operationId: 'isLive',
    security: [],
    summary: 'The process answers. Restart it when this fails, and only then.',
  })
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  @Get('ready')
  @ApiOperation({
    operationId: 'isReady',
    security: [],
    summary: '200 when clients should be sent here, else 503 with the reasons',
  })
  ready(@Req() { raw }: { readonly raw: IncomingMessage }): ReadinessReport | Pick<ReadinessReport, 'status'> {
    const whole = this.readiness.report();
    const report = this.admin.isForOperators(raw) ? whole : { status: whole.status };
    if (report.status !== 'ready') throw new ServiceUnavailableException(report);
    return report;
  }
}
