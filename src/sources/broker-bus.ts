import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { EventBus, type HermesEvent, type PublishOutcome } from '../delivery/index.js';

/** Bytes a broker may owe a confirmation for; publishers are turned away beyond that. */
export const MAX_UNCONFIRMED = 64 * 1024 ** 2;

/** Belongs behind the reason of a refusal after which the broker may have the events, or still take them. */
export const MAY_COME = 'the events may still be delivered';

/**
 * A bus by way of a broker, over a connection of its own that is kept up until the node stops. Here is what all of them
 * count and log; each says itself how it publishes.
 */
export abstract class BrokerBus<Connection> extends EventBus implements OnApplicationBootstrap, OnApplicationShutdown {
  override readonly stats = { published: 0, unavailable: 0, connects: 0, disconnects: 0 };
  readonly #logger = new Logger(this.constructor.name);
  /** Why the last attempt to connect failed, so that the same reason is logged once. */
  #trouble: string | undefined;

  constructor(private readonly broker: string) {
    super();
  }

  protected abstract readonly connection: { open(): void; close(): Promise<void> };

  /** Answers as {@link publish} does, and never rejects either. */
  protected abstract send(events: readonly HermesEvent[]): Promise<PublishOutcome>;

  protected abstract use(connection: Connection): void;

  protected abstract forget(): void;

  /** Begins to connect and returns at once. */
  open(): void {
    this.connection.open();
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  onApplicationBootstrap(): void {
    this.open();
  }

  /** The last thing a node does: while sessions are being closed it can still publish. */
  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  override async publish(events: readonly HermesEvent[]): Promise<PublishOutcome> {
    const outcome = await this.send(events);
    this.stats[outcome.kind] += events.length;
    return outcome;
  }

  connected(connection: Connection): void {
    this.stats.connects++;
    this.#trouble = undefined;
    this.#logger.log('bus.connected', { bus: this.broker });
    this.use(connection);
  }

  disconnected(reason: string): void {
    this.stats.disconnects++;
    this.forget();
    this.#logger.warn('bus.disconnected', { bus: this.broker, reason });
  }

  connectFailed(reason: string): void {
    if (this.#trouble !== reason) this.#logger.warn('bus.connect.failed', { bus: this.broker, reason });
    this.#trouble = reason;
  }
}

export function unavailable(reason: string): PublishOutcome {
  return { kind: 'unavailable', reason };
}
