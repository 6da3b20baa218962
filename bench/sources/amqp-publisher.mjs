import { once } from 'node:events';
import { connect } from 'amqplib';

export const EXCHANGE = 'bench';

/** Publishes events to the exchange that every rival with RabbitMQ in front consumes from. */
export class AmqpPublisher {
  #connection;
  #channel;

  static async open(uri) {
    const publisher = new AmqpPublisher();
    publisher.#connection = await connect(uri, { noDelay: true });
    publisher.#channel = await publisher.#connection.createChannel();
    await publisher.#channel.assertExchange(EXCHANGE, 'fanout', { durable: true });
    return publisher;
  }

  /** @returns false when the broker should be given time, see {@link drained} */
  publish({ channel, event, payload, userId }) {
    const audience = userId === undefined ? { visibility: 'broadcast' } : { visibility: 'direct', uuid: userId };
    const headers = { channel, event_type: event, ...audience };
    return this.#channel.publish(EXCHANGE, '', Buffer.from(payload), { headers });
  }

  drained() {
    return once(this.#channel, 'drain');
  }

  /** Resolves once the broker has routed everything: it answers on a channel in order. */
  settled() {
    return this.#channel.checkExchange(EXCHANGE);
  }

  async close() {
    await this.#connection.close();
  }
}
