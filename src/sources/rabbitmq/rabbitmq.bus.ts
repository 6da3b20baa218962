import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { ChannelModel } from 'amqplib';
import { EventBus, type HermesEvent, type PublishOutcome } from '../../delivery/index.js';
import { within } from '../index.js';
import { BUS_EXCHANGE } from './exchange-binding.js';
import { sentenceOf } from './fault.js';
import { Publisher } from './publisher.js';
import { RabbitMqConfig } from './rabbitmq.config.js';
import { RabbitMqConnection, type ConnectionListener } from './rabbitmq.connection.js';

/** Bytes the broker may owe a confirmation for; publishers are turned away beyond that. */
const MAX_UNCONFIRMED = 64 * 1024 ** 2;
const OVERDUE = 'the broker did not confirm in time';

/**
 * Carries what is published through this node to every node, by way of the broker.
 *
 * It has a connection of its own: when the broker holds publishers back it stops reading their connections, and the
 * acknowledgements of the events this node consumes must not be stuck in one of them.
 */
@Injectable()
export class RabbitMqBus extends EventBus implements ConnectionListener, OnApplicationBootstrap, OnApplicationShutdown {
  override readonly stats = { published: 0, unavailable: 0, connects: 0, disconnects: 0 };
  readonly #logger = new Logger(RabbitMqBus.name);
  readonly #connection: RabbitMqConnection;
  #publisher: Promise<Publisher> | undefined;
  #trouble: string | undefined;

  constructor(private readonly config: RabbitMqConfig) {
    super();
    this.#connection = new RabbitMqConnection(config, 'publisher', this);
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
    const { current, reason, blocked } = this.#connection;
    if (!current) return `not connected to the broker: ${reason}`;
    return blocked === undefined ? undefined : `the broker takes no events: ${blocked}`;
  }

  override async publish(events: readonly HermesEvent[]): Promise<PublishOutcome> {
    const outcome = await this.#publish(events);
    this.stats[outcome.kind] += events.length;
    return outcome;
  }

  connected(connection: ChannelModel): void {
    this.stats.connects++;
    this.#trouble = undefined;
    this.#logger.log('bus.connected', { bus: 'rabbitmq' });
    // Made ready before the first publication, so that this one is as quick as any other.
    void this.#publisherOn(connection).catch(() => undefined);
  }

  disconnected(reason: string): void {
    this.stats.disconnects++;
    this.#publisher = undefined;
    this.#logger.warn('bus.disconnected', { bus: 'rabbitmq', reason });
  }

  connectFailed(reason: string): void {
    if (this.#trouble !== reason) this.#logger.warn('bus.connect.failed', { bus: 'rabbitmq', reason });
    this.#trouble = reason;
  }

  async #publish(events: readonly HermesEvent[]): Promise<PublishOutcome> {
    const { current } = this.#connection;
    const { trouble } = this;
    if (!current || trouble !== undefined) return unavailable(trouble ?? 'not connected to the broker');
    try {
      return await within(this.config.publishTimeout, OVERDUE, this.#publishOn(current, events));
    } catch (error) {
      const sentence = sentenceOf(error);
      if (sentence === OVERDUE) this.#abandonPublisher();
      return unavailable(sentence);
    }
  }

  async #publishOn(connection: ChannelModel, events: readonly HermesEvent[]): Promise<PublishOutcome> {
    // Always waited for, also when it is there: what was asked for first is published first.
    const publisher = await this.#publisherOn(connection);
    if (publisher.unconfirmed > MAX_UNCONFIRMED)
      return unavailable('too much waits for the confirmation of the broker');
    await publisher.publish(events);
    return { kind: 'published' };
  }

  #publisherOn(connection: ChannelModel): Promise<Publisher> {
    if (this.#publisher) return this.#publisher;
    const opening = Publisher.open(connection, BUS_EXCHANGE, () => this.#forget(opening));
    opening.catch(() => this.#forget(opening));
    return (this.#publisher = opening);
  }

  #forget(publisher: Promise<Publisher> | undefined): void {
    if (this.#publisher === publisher) this.#publisher = undefined;
  }

  /** A channel that owes an answer is not trusted with more; closing it settles what waits on it. */
  #abandonPublisher(): void {
    this.#publisher?.then((publisher) => publisher.close()).catch(() => undefined);
    this.#publisher = undefined;
  }
}

function unavailable(reason: string): PublishOutcome {
  return { kind: 'unavailable', reason };
}
