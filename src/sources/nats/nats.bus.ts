import { Injectable } from '@nestjs/common';
import type { NatsConnection as Connection } from '@nats-io/transport-node';
import type { HermesEvent, PublishOutcome } from '../../delivery/index.js';
import { BrokerBus, MAX_UNCONFIRMED, MAY_COME, unavailable, within } from '../index.js';
import { sentenceOf } from './fault.js';
import { NatsConfig } from './nats.config.js';
import { NatsConnection } from './nats.connection.js';
import { Publisher } from './publisher.js';

const OVERDUE = 'the server did not confirm in time';

/** Carries what is published through this node to every node, by way of the NATS server. */
@Injectable()
export class NatsBus extends BrokerBus<Connection> {
  protected override readonly connection: NatsConnection;
  #publisher: Publisher | undefined;

  constructor(private readonly config: NatsConfig) {
    super('nats');
    this.connection = new NatsConnection(config, 'publisher', this);
  }

  override get trouble(): string | undefined {
    const { current, reason } = this.connection;
    return current ? undefined : `not connected to the server: ${reason}`;
  }

  protected override use(connection: Connection): void {
    this.#publisher = new Publisher(connection);
  }

  protected override forget(): void {
    this.#publisher = undefined;
  }

  protected override async send(events: readonly HermesEvent[]): Promise<PublishOutcome> {
    const { current } = this.connection;
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
      if (sentence !== OVERDUE) return unavailable(sentence);
      // A server that owes an answer is not trusted with more; giving up the connection settles what waits on it.
      this.connection.drop(current, OVERDUE);
      return unavailable(`${OVERDUE}; ${MAY_COME}`);
    }
  }
}
