import {
  AckPolicy,
  DeliverPolicy,
  jetstream,
  jetstreamManager,
  type Consumer,
  type ConsumerConfig,
  type ConsumerMessages,
  type JetStreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import { nanos, type NatsConnection as Connection } from '@nats-io/transport-node';
import { randomUUID } from 'node:crypto';
import { settled } from '../index.js';
import { sentenceOf } from './fault.js';
import type { FetchSize } from './fetch-size.js';
import type { StreamBinding } from './stream-binding.js';
import type { StreamPosition, StreamStart } from './stream-position.js';

/** Whoever is not ready for messages closes it; then none is fetched. */
export interface Gate {
  readonly isOpen: boolean;
  opened(): Promise<void>;
}

export interface StreamReadingListener {
  read(reading: StreamReading, message: JsMsg): void;
  /** The server sends no more. Said once, and never after `stop` or `abandon`. */
  ended(reading: StreamReading, reason: string): void;
}

export interface StreamReadingOptions {
  readonly fetchSize: FetchSize;
  readonly gate: Gate;
  readonly listener: StreamReadingListener;
}

/** A request for messages is answered within this time, with none if there are none, and then made again. */
const EXPIRES = 10_000;
const HEARTBEAT = 2_500;
/** The server forgets a consumer that nobody has asked for so long, such as that of a node that was killed. */
const FORGOTTEN_AFTER = 60_000;
const FAREWELL = 2_000;

/**
 * One life of this node's consumer of a stream: in memory, without acknowledgements, and read in batches. The library's
 * ordered consumer is not used: it goes on at a sequence number also in a stream that was made anew and has not got there.
 */
export class StreamReading {
  #delivered = 0;
  #isOver = false;
  #batch: ConsumerMessages | undefined;
  #loop: Promise<void> | undefined;
  #wake: () => void = () => undefined;
  readonly #end = new Promise<void>((resolve) => (this.#wake = resolve));

  private constructor(
    /** When the stream it reads was made. */
    readonly created: string,
    private readonly manager: JetStreamManager,
    private readonly consumer: Consumer,
    private readonly options: StreamReadingOptions,
  ) {}

  /** Makes the consumer where the position says. Then {@link start}. @throws when there is no such stream, or it refuses */
  static async open(
    connection: Connection,
    binding: StreamBinding,
    position: StreamPosition,
    options: StreamReadingOptions,
  ): Promise<StreamReading> {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const { created, state } = await manager.streams.info(binding.stream);
    const start = position.startIn({ created, lastSequence: state.last_seq });
    const info = await manager.consumers.add(binding.stream, consumerOf(binding, start));
    position.passed(created, info.delivered.stream_seq);
    const consumer = jetstream(connection).consumers.getConsumerFromInfo(info);
    return new StreamReading(created, manager, consumer, options);
  }

  start(): void {
    this.#loop = this.#read();
  }

  /** Asks the server whether the consumer is there. */
  async isAlive(): Promise<boolean> {
    try {
      await this.consumer.info();
      return true;
    } catch (error) {
      if (error instanceof Error && /not found/.test(error.message)) return false;
      throw error;
    }
  }

  /** The connection is gone: nothing is passed on any more, also not what has come already. */
  abandon(): void {
    this.#isOver = true;
    this.#wake();
    void this.#batch?.close();
  }

  /** No further message comes once this has resolved, and the server has forgotten the consumer. */
  async stop(): Promise<void> {
    this.abandon();
    if (this.#loop) await settled(FAREWELL, this.#loop);
    await settled(FAREWELL, this.consumer.delete());
  }

  async #read(): Promise<void> {
    try {
      while (!this.#isOver) {
        await this.#gate();
        this.#batch = await this.consumer.fetch({
          max_messages: this.options.fetchSize.count,
          expires: EXPIRES,
          idle_heartbeat: HEARTBEAT,
        });
        await this.#readBatch(this.#batch);
      }
    } catch (error) {
      this.#lose(sentenceOf(error));
    }
  }

  async #readBatch(batch: ConsumerMessages): Promise<void> {
    const before = this.#delivered;
    let largest = 0;
    for await (const message of batch) {
      if (!this.options.gate.isOpen) await this.#gate();
      if (this.#isOver) return;
      if (message.info.deliverySequence !== ++this.#delivered) {
        this.#lose('messages were lost on the way');
        return;
      }
      largest = Math.max(largest, message.data.length);
      this.options.listener.read(this, message);
    }
    this.options.fetchSize.came(this.#delivered - before, largest);
  }

  async #gate(): Promise<void> {
    const { gate } = this.options;
    while (!gate.isOpen && !this.#isOver) await Promise.race([gate.opened(), this.#end]);
  }

  #lose(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.options.listener.ended(this, reason);
  }
}

function consumerOf({ filter }: StreamBinding, start: StreamStart): Partial<ConsumerConfig> {
  return {
    name: `hermes_${randomUUID()}`,
    ack_policy: AckPolicy.None,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: nanos(FORGOTTEN_AFTER),
    ...(filter === undefined ? {} : { filter_subject: filter }),
    ...(start.kind === 'sequence'
      ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: start.sequence }
      : { deliver_policy: DeliverPolicy.StartTime, opt_start_time: start.time.toISOString() }),
  };
}
