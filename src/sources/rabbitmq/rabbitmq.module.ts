import { Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { provideSettings } from '../../config/index.js';
import { SourceRegistry, SourcesModule } from '../index.js';
import { RabbitMqConfig } from './rabbitmq.config.js';
import { RabbitMqSource } from './rabbitmq.source.js';

/** Import it when `HERMES_RABBITMQ_URI` is set. */
@Module({
  imports: [SourcesModule],
  providers: [provideSettings(RabbitMqConfig), RabbitMqSource],
  exports: [RabbitMqSource],
})
export class RabbitMqModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly registry: SourceRegistry,
    private readonly source: RabbitMqSource,
  ) {}

  onModuleInit(): void {
    this.registry.register(this.source);
  }

  /** For an application that ends without having stopped its sources, as one does that failed to start. */
  onApplicationShutdown(): Promise<void> {
    return this.source.stop();
  }
}
