import type { JsMsg } from '@nats-io/jetstream';
import type { NatsConnection as Connection } from '@nats-io/transport-node';
import { sentenceOf } from './fault.js';
import { FetchSize } from './fetch-size.js';
import { nameOf, type StreamBinding } from './stream-binding.js';
import { StreamPosition } from './stream-position.js';
import { StreamReading, type Gate, type StreamReadingListener } from './stream-reading.js';

export interface StreamFeedListener {
  /** Must not throw: the message counts as done with. */
  fetched(message: JsMsg): void;
  streamRefused(stream: string, reason: string): void;
  streamAccepted(stream: string): void;
  consumerLost(stream: string, reason: string): void;
}

export interface StreamFeedOptions {
  readonly prefetch: number;
  /** Bytes that a fetch is to be at most. */
  readonly fetchBytes: number;
  readonly gate: Gate;
}

const DEFAULT_MAX_PAYLOAD = 1024 ** 2;

/** One stream, over the lives of connections and consumers: each goes on where the one before it ended. */
export class StreamFeed implements StreamReadingListener {
  readonly #position = new StreamPosition();
  readonly #name: string;
  #reading: StreamReading | undefined;
  #refusal: string | undefined;
  #isStopped = false;

  constructor(
    private readonly binding: StreamBinding,
    private readonly options: StreamFeedOptions,
    private readonly listener: StreamFeedListener,
  ) {
    this.#name = nameOf(binding);
  }

  /** Why the stream is not read. */
  get trouble(): string | undefined {
    if (this.#reading) return undefined;
    return `stream ${this.#name}: ${this.#refusal ?? 'not read yet'}`;
  }

  /** Brings about that the stream is read, or says why not. Never throws. */
  async mend(connection: Connection): Promise<void> {
    // Before the server is asked: what is stored while its answer is on its way comes after this.
    const asked = new Date();
    try {
      await this.#check();
      if (this.#reading === undefined) await this.#begin(connection);
      this.#position.seen(asked);
    } catch (error) {
      if (!connection.isClosed()) this.#refused(sentenceOf(error), asked);
    }
  }

  /** The connection is gone, and the consumer with it. */
  lost(): void {
    this.#reading?.abandon();
    this.#reading = undefined;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    const reading = this.#reading;
    this.#reading = undefined;
    await reading?.stop();
  }

  read(reading: StreamReading, message: JsMsg): void {
    // What comes while the feed stops is still passed on; a reading that was given up has no say any more.
    this.#position.passed(reading.created, message.seq);
    this.listener.fetched(message);
  }

  ended(reading: StreamReading, reason: string): void {
    if (reading !== this.#reading) return;
    this.#reading = undefined;
    this.listener.consumerLost(this.#name, reason);
  }

  async #check(): Promise<void> {
    const reading = this.#reading;
    if (reading === undefined || (await reading.isAlive())) return;
    reading.abandon();
    this.ended(reading, 'the consumer is gone');
  }

  async #begin(connection: Connection): Promise<void> {
    const { prefetch, fetchBytes, gate } = this.options;
    const largest = connection.info?.max_payload ?? DEFAULT_MAX_PAYLOAD;
    const reading = await StreamReading.open(connection, this.binding, this.#position, {
      fetchSize: new FetchSize(prefetch, fetchBytes, largest),
      gate,
      listener: this,
    });
    if (this.#isStopped || connection.isClosed()) return reading.stop();
    this.#reading = reading;
    reading.start();
    if (this.#refusal === undefined) return;
    this.#refusal = undefined;
    this.listener.streamAccepted(this.#name);
  }

  #refused(reason: string, asked: Date): void {
    if (reason.startsWith('stream not found')) this.#position.missing(asked);
    if (this.#refusal !== reason) this.listener.streamRefused(this.#name, reason);
    this.#refusal = reason;
  }
}
