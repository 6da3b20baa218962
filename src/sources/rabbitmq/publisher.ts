import type { ChannelModel, ConfirmChannel } from 'amqplib';
import type { HermesEvent } from '../../delivery/index.js';
import type { ExchangeBinding } from './exchange-binding.js';
import { sentenceOf } from './fault.js';
import { MAY_COME, headersOf, settled, type MessageHeaders } from '../index.js';

const FAREWELL = 2_000;
/** The library writes headers into a buffer of this size, and cuts off what goes beyond. */
const LIBRARY_BUFFER = 64 * 1024;
/** Room in a frame for what it holds beside the headers. */
const FRAME_REST = 256;

interface Outgoing {
  readonly payload: Buffer;
  readonly headers: MessageHeaders;
}

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
    /** Bytes of headers that the broker takes. */
    private readonly maxHeaders: number,
    ended: () => void,
  ) {
    channel.on('error', (error) => (this.#end = sentenceOf(error)));
    channel.on('close', ended);
    // Comes before the confirmation of the same message, which says only that the broker has dealt with it.
    channel.on('return', ({ properties }) => this.#unrouted.add(String(properties.messageId)));
  }

  /** @param ended called when nothing can be published here any more */
  static async open(connection: ChannelModel, exchange: ExchangeBinding, ended: () => void): Promise<Publisher> {
    const channel = await connection.createConfirmChannel();
    const publisher = new Publisher(channel, exchange.name, maxHeadersOf(connection), ended);
    await publisher.channel.assertExchange(exchange.name, exchange.type, { durable: true });
    return publisher;
  }

  get unconfirmed(): number {
    return this.#unconfirmed;
  }

  /** Resolves when every event is in the queue of at least one node. @throws when one is not, or may not be */
  async publish(events: readonly HermesEvent[]): Promise<void> {
    const outgoing = events.map((event) => ({ payload: event.payload, headers: headersOf(event) }));
    this.#measure(outgoing);
    await Promise.all(outgoing.map((one) => this.#publishOne(one)));
  }

  async close(): Promise<void> {
    await settled(FAREWELL, this.channel.close());
  }

  /** All or none, and no harm to others: the broker closes the connection on headers that do not fit into one frame. */
  #measure(outgoing: readonly Outgoing[]): void {
    const largest = outgoing.reduce((most, { headers }) => Math.max(most, encodedLength(headers)), 0);
    if (largest > this.maxHeaders) {
      throw new Error(`an event with headers of ${largest} bytes; the broker takes ${this.maxHeaders} (frame_max)`);
    }
  }

  #publishOne({ payload, headers }: Outgoing): Promise<void> {
    const messageId = String(++this.#sequence);
    const { length } = payload;
    const options = { mandatory: true, messageId, contentType: 'application/json', headers };
    return new Promise((resolve, reject) => {
      this.#unconfirmed += length;
      const confirmed = (error: unknown): void => {
        this.#unconfirmed -= length;
        if (error) reject(new Error(`${this.#end ?? sentenceOf(error)}; ${MAY_COME}`));
        else if (this.#unrouted.delete(messageId)) reject(new Error('no node is listening'));
        else resolve();
      };
      try {
        this.channel.publish(this.exchange, '', payload, options, confirmed);
      } catch (error) {
        this.#unconfirmed -= length;
        reject(new Error(this.#end ?? sentenceOf(error)));
      }
    });
  }
}

function maxHeadersOf({ connection }: ChannelModel): number {
  // Agreed with the broker; the types of the library leave it out.
  const { frameMax } = connection as typeof connection & { readonly frameMax: number };
  return Math.min(frameMax - FRAME_REST, LIBRARY_BUFFER);
}

/** As it is on the wire: a length, and for each header its name, a type and the value. */
function encodedLength(headers: MessageHeaders): number {
  let length = 4;
  for (const [key, value] of Object.entries(headers)) {
    length += 2 + Buffer.byteLength(key) + (typeof value === 'string' ? 4 + Buffer.byteLength(value) : 8);
  }
  return length;
}
