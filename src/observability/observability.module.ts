import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/index.js';
import { WebSocketModule } from '../gateways/websocket/index.js';
import { SourcesModule } from '../sources/index.js';
import { ChatMetrics } from './chat-metrics.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsService } from './metrics.service.js';
import { Readiness } from './readiness.js';

@Module({
  imports: [AuthModule, SourcesModule, WebSocketModule],
  controllers: [HealthController, MetricsController],
  providers: [MetricsService, ChatMetrics, Readiness],
  exports: [Readiness],
})
export class ObservabilityModule {}
