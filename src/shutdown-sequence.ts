import { Injectable, Logger, Optional, type BeforeApplicationShutdown } from '@nestjs/common';
import { ChatShutdown } from './chat/index.js';
import { Readiness } from './observability/index.js';
import { SessionService } from './sessions/index.js';
import { SourceRegistry, within } from './sources/index.js';

/** Milliseconds that sources may take: a broker that says nothing must not use up the time that clients are given. */
const PATIENCE = 3_000;

/**
 * How Hermes stops, in one place: not ready, no further events, what waits goes out, sessions are closed over the drain
 * time, and what their users asked for is stored. Nest closes the servers after this, and the modules of the brokers and of
 * the stores their connections last.
 */
@Injectable()
export class ShutdownSequence implements BeforeApplicationShutdown {
  readonly #logger = new Logger(ShutdownSequence.name);

  constructor(
    private readonly readiness: Readiness,
    private readonly sources: SourceRegistry,
    private readonly sessions: SessionService,
    @Optional() private readonly chat?: ChatShutdown,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    this.#logger.log('shutdown.started', { sessions: this.sessions.sessions.size });
    this.readiness.drain();
    await this.#stopSources();
    await this.sessions.drain();
    await this.chat?.stop();
    this.#logger.log('shutdown.finished');
  }

  /** What takes longer goes on beside the drain. */
  async #stopSources(): Promise<void> {
    await within(PATIENCE, 'not in time', this.sources.stop()).catch((error: Error) =>
      this.#logger.warn('sources.stop.failed', { reason: error.message }),
    );
  }
}
