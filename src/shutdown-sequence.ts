import { Injectable, Logger, Optional, type BeforeApplicationShutdown } from '@nestjs/common';
import { GrpcServer } from './chat/grpc/index.js';
import { ChatShutdown } from './chat/index.js';
import { HttpDoor } from './http/index.js';
import { Readiness } from './observability/index.js';
import { SessionsConfig, SessionService } from './sessions/index.js';
import { SourceRegistry, within } from './sources/index.js';

/** Milliseconds that sources may take: a broker that says nothing must not hold up the rest. */
const PATIENCE = 3_000;

/**
 * How Hermes stops, in one place. It says that it is not ready, and goes on as before for the time that load balancers
 * need to hear of it. Then it takes no new sessions, and closes those it has over the drain time. Whoever is connected hears
 * everything until then, and producers are answered, so the sources stop last. Nest closes gRPC after this, and the modules of
 * the brokers and of the stores their connections last.
 */
@Injectable()
export class ShutdownSequence implements BeforeApplicationShutdown {
  readonly #logger = new Logger(ShutdownSequence.name);
  #begun = false;

  constructor(
    private readonly readiness: Readiness,
    private readonly sources: SourceRegistry,
    private readonly sessions: SessionService,
    private readonly config: SessionsConfig,
    private readonly door: HttpDoor,
    @Optional() private readonly chat?: ChatShutdown,
    @Optional() private readonly grpc?: GrpcServer,
  ) {}

  /** The start is complete: whoever goes by our health may be sending clients. */
  begin(): void {
    this.#begun = true;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#logger.log('shutdown.started', { sessions: this.sessions.sessions.size });
    this.readiness.drain();
    this.grpc?.sayStopping();
    if (this.#begun) await new Promise((resolve) => setTimeout(resolve, this.config.shutdownDelay));
    this.grpc?.stopAccepting();
    await this.sessions.drain();
    await this.door.close();
    await this.chat?.stop();
    await this.#stopSources();
    this.#logger.log('shutdown.finished');
  }

  async #stopSources(): Promise<void> {
    await within(PATIENCE, 'not in time', this.sources.stop()).catch((error: Error) =>
      this.#logger.warn('sources.stop.failed', { reason: error.message }),
    );
  }
}
