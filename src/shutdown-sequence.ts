import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Readiness } from './observability/index.js';
import { SessionService } from './sessions/index.js';
import { SourceRegistry } from './sources/index.js';

/**
 * How Hermes stops, in one place: not ready, no further events, what waits goes out, sessions are closed over the drain
 * time. Nest closes the HTTP server after this, and the modules of the brokers their connections last.
 */
@Injectable()
export class ShutdownSequence implements BeforeApplicationShutdown {
  readonly #logger = new Logger(ShutdownSequence.name);

  constructor(
    private readonly readiness: Readiness,
    private readonly sources: SourceRegistry,
    private readonly sessions: SessionService,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    this.#logger.log('shutdown.started', { sessions: this.sessions.sessions.size });
    this.readiness.drain();
    await this.sources.stop();
    await this.sessions.drain();
    this.#logger.log('shutdown.finished');
  }
}
