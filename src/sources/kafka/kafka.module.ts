import { Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { provideSettings } from '../../config/index.js';
import { SourceRegistry, SourcesModule } from '../index.js';
import { KafkaConfig } from './kafka.config.js';
import { KafkaSource } from './kafka.source.js';

/** Import it when `HERMES_KAFKA_BROKERS` is set. */
@Module({
  imports: [SourcesModule],
  providers: [provideSettings(KafkaConfig), KafkaSource],
  exports: [KafkaSource],
})
export class KafkaModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly registry: SourceRegistry,
    private readonly source: KafkaSource,
  ) {}

  onModuleInit(): void {
    this.registry.register(this.source);
  }

  /** For an application that ends without having stopped its sources, as one does that failed to start. */
  onApplicationShutdown(): Promise<void> {
    return this.source.stop();
  }
}
