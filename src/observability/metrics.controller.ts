import { Controller, Get, Header, ServiceUnavailableException } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { MetricsService } from './metrics.service.js';

@ApiTags('operations')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: MetricsService) {}

  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({
    operationId: 'readMetrics',
    security: [],
    summary: 'Everything Hermes counts, in the Prometheus text format',
  })
  async read(): Promise<string> {
    try {
      return await this.metrics.expose();
    } catch (error) {
      // A part of the whole would look like a fall of everything.
      throw new ServiceUnavailableException(error instanceof Error ? error.message : undefined);
    }
  }
}
