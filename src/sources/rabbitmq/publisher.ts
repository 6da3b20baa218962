import type { ChannelModel, ConfirmChannel } from 'amqplib';
import type { HermesEvent } from '../../delivery/index.js';
import type { ExchangeBinding } from './exchange-binding.js';
import { sentenceOf } from './fault.js';
import { headersOf, settled } from '../index.js';

const FAREWELL = 2_000;

/** A channel on which the broker confirms what it has taken. */
export class Publisher {
  /** Bytes that the broker has not confirmed yet. */
  #unconfirmed = 0;
  #sequence = 0;
  readonly #unrouted = new Set<string>();
  #end: string | undefined;

  private constructor(
    private readonly channel: ConfirmChannel,
    private readonly exchange: string,
    ended: () => void,
  ) {
    channel.on('error', (error) => (this.#end = sentenceOf(error)));
    channel.on('close', ended);
    // Comes before the confirmation of the same message, which says only that the broker has dealt with it.
    channel.on('return', ({ properties }) => this.#unrouted.add(String(properties.messageId)));
  }

  /** @param ended called when nothing can be published here any more */
  static async open(connection: ChannelModel, exchange: ExchangeBinding, ended: () => void): Promise<Publisher> {
    const publisher = new Publisher(await connection.createConfirmChannel(), exchange.name, ended);
    await publisher.channel.assertExchange(exchange.name, exchange.type, { durable: true });
    return publisher;
  }

  get unconfirmed(): number {
    return this.#unconfirmed;
  }

  /** Resolves when every event is in the queue of at least one node. @throws when one is not, or may not be */
  async publish(events: readonly HermesEvent[]): Promise<void> {
    await Promise.all(events.map((event) => this.#publishOne(event)));
  }

  async close(): Promise<void> {
    await settled(FAREWELL, this.channel.close());
  }

  #publishOne(event: HermesEvent): Promise<void> {
    const messageId = String(++this.#sequence);
    const { length } = event.payload;
    const options = { mandatory: true, messageId, contentType: 'application/json', headers: headersOf(event) };
    return new Promise((resolve, reject) => {
      this.#unconfirmed += length;
      const confirmed = (error: unknown): void => {
        this.#unconfirmed -= length;
        if (error) reject(new Error(this.#end ?? sentenceOf(error)));
        else if (this.#unrouted.delete(messageId)) reject(new Error('no node is listening'));
        else resolve();
      };
      try {
        this.channel.publish(this.exchange, '', event.payload, options, confirmed);
      } catch (error) {
        this.#unconfirmed -= length;
        reject(new Error(this.#end ?? sentenceOf(error)));
      }
    });
  }
}
