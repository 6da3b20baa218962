import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { NatsConnection as Connection } from '@nats-io/transport-node';
import { EventBus, type HermesEvent, type PublishOutcome } from '../../delivery/index.js';
import { within } from '../index.js';
import { sentenceOf } from './fault.js';
import { NatsConfig } from './nats.config.js';
import { NatsConnection, type ConnectionListener } from './nats.connection.js';
import { Publisher } from './publisher.js';

/** Bytes the server may owe a confirmation for; publishers are turned away beyond that. */
const MAX_UNCONFIRMED = 64 * 1024 ** 2;
const OVERDUE = 'the server did not confirm in time';

/** Carries what is published through this node to every node, by way of the NATS server. */
@Injectable()
export class NatsBus extends EventBus implements ConnectionListener, OnApplicationBootstrap, OnApplicationShutdown {
  override readonly stats = { published: 0, unavailable: 0, connects: 0, disconnects: 0 };
  readonly #logger = new Logger(NatsBus.name);
  readonly #connection: NatsConnection;
  #publisher: Publisher | undefined;
  #trouble: string | undefined;

  constructor(private readonly config: NatsConfig) {
    super();
    this.#connection = new NatsConnection(config, 'publisher', this);
  }

  /** Begins to connect and returns at once. */
  open(): void {
    this.#connection.open();
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  onApplicationBootstrap(): void {
    this.open();
  }

  /** The last thing a node does: while sessions are being closed it can still publish. */
  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  override get trouble(): string | undefined {
    const { current, reason } = this.#connection;
    return current ? undefined : `not connected to the server: ${reason}`;
  }

  override async publish(events: readonly HermesEvent[]): Promise<PublishOutcome> {
    const outcome = await this.#publish(events);
    this.stats[outcome.kind] += events.length;
    return outcome;
  }

  connected(connection: Connection): void {
    this.stats.connects++;
    this.#trouble = undefined;
    this.#publisher = new Publisher(connection);
    this.#logger.log('bus.connected', { bus: 'nats' });
  }

  disconnected(reason: string): void {
    this.stats.disconnects++;
    this.#publisher = undefined;
    this.#logger.warn('bus.disconnected', { bus: 'nats', reason });
  }

  connectFailed(reason: string): void {
    if (this.#trouble !== reason) this.#logger.warn('bus.connect.failed', { bus: 'nats', reason });
    this.#trouble = reason;
  }

  async #publish(events: readonly HermesEvent[]): Promise<PublishOutcome> {
    const { current } = this.#connection;
    const publisher = this.#publisher;
    if (!current || !publisher) return unavailable(this.trouble ?? 'not connected to the server');
    if (publisher.unconfirmed > MAX_UNCONFIRMED) {
      return unavailable('too much waits for the confirmation of the server');
    }
    try {
      await within(this.config.publishTimeout, OVERDUE, publisher.publish(events));
      return { kind: 'published' };
    } catch (error) {
      const sentence = sentenceOf(error);
      // A server that owes an answer is not trusted with more; giving up the connection settles what waits on it.
      if (sentence === OVERDUE) this.#connection.drop(current, OVERDUE);
      return unavailable(sentence);
    }
  }
}

function unavailable(reason: string): PublishOutcome {
  return { kind: 'unavailable', reason };
}
