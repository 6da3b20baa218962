import { Module } from '@nestjs/common';
import { ApiModule, AuthModule } from '../auth/index.js';
import { WebSocketModule } from '../gateways/websocket/index.js';
import { provideSettings } from '../config/index.js';
import { HttpModule } from '../http/index.js';
import { SourcesModule } from '../sources/index.js';
import { AdminConfig } from './admin.config.js';
import { AdminDoor } from './admin-door.js';
import { ChatMetrics } from './chat-metrics.js';
import { HealthController } from './health.controller.js';
import { HttpMetrics } from './http-metrics.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsService } from './metrics.service.js';
import { Readiness } from './readiness.js';

@Module({
  imports: [ApiModule, AuthModule, HttpModule, SourcesModule, WebSocketModule],
  controllers: [HealthController, MetricsController],
  providers: [provideSettings(AdminConfig), AdminDoor, MetricsService, ChatMetrics, HttpMetrics, Readiness],
  exports: [AdminDoor, Readiness],
})
export class ObservabilityModule {}
