import { Injectable } from '@nestjs/common';
import type { ChannelModel } from 'amqplib';
import type { HermesEvent, PublishOutcome } from '../../delivery/index.js';
import { BrokerBus, MAX_UNCONFIRMED, MAY_COME, unavailable, within } from '../index.js';
import { BUS_EXCHANGE } from './exchange-binding.js';
import { sentenceOf } from './fault.js';
import { Publisher } from './publisher.js';
import { RabbitMqConfig } from './rabbitmq.config.js';
import { RabbitMqConnection } from './rabbitmq.connection.js';

/** A broker that holds publishers back leaves what they send unread, and takes it when it reads on. */
const OVERDUE = `the broker did not confirm in time; ${MAY_COME}`;

/**
 * Carries what is published through this node to every node, by way of the broker.
 *
 * It has a connection of its own: when the broker holds publishers back it stops reading their connections, and the
 * acknowledgements of the events this node consumes must not be stuck in one of them.
 */
@Injectable()
export class RabbitMqBus extends BrokerBus<ChannelModel> {
  protected override readonly connection: RabbitMqConnection;
  #publisher: Promise<Publisher> | undefined;

  constructor(private readonly config: RabbitMqConfig) {
    super('rabbitmq');
    this.connection = new RabbitMqConnection(config, 'publisher', this);
  }

  override get trouble(): string | undefined {
    const { current, reason, blocked } = this.connection;
    if (!current) return `not connected to the broker: ${reason}`;
    return blocked === undefined ? undefined : `the broker takes no events: ${blocked}`;
  }

  /** A broker that takes no events takes them from no node, and events that come are delivered all the same. */
  override get isolated(): boolean {
    return this.connection.current === undefined;
  }

  protected override use(connection: ChannelModel): void {
    // Made ready before the first publication, so that this one is as quick as any other.
    void this.#publisherOn(connection).catch(() => undefined);
  }

  protected override forget(): void {
    this.#publisher = undefined;
  }

  protected override async send(events: readonly HermesEvent[]): Promise<PublishOutcome> {
    const { current } = this.connection;
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
    const opening = Publisher.open(connection, BUS_EXCHANGE, () => this.#closed(opening));
    opening.catch(() => this.#closed(opening));
    return (this.#publisher = opening);
  }

  #closed(publisher: Promise<Publisher> | undefined): void {
    if (this.#publisher === publisher) this.#publisher = undefined;
  }

  /** A channel that owes an answer is not trusted with more; closing it settles what waits on it. */
  #abandonPublisher(): void {
    this.#publisher?.then((publisher) => publisher.close()).catch(() => undefined);
    this.#publisher = undefined;
  }
}
