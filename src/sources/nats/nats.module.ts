import { Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { provideSettings } from '../../config/index.js';
import { SourceRegistry, SourcesModule } from '../index.js';
import { NatsConfig } from './nats.config.js';
import { NatsSource } from './nats.source.js';

/** Import it when `HERMES_NATS_URL` is set. */
@Module({
  imports: [SourcesModule],
  providers: [provideSettings(NatsConfig), NatsSource],
  exports: [NatsSource],
})
export class NatsModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly registry: SourceRegistry,
    private readonly source: NatsSource,
  ) {}

  onModuleInit(): void {
    this.registry.register(this.source);
  }

  /** For an application that ends without having stopped its sources, as one does that failed to start. */
  onApplicationShutdown(): Promise<void> {
    return this.source.stop();
  }
}
