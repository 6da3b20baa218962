import type { Channel } from 'amqplib';
import { Refusal } from './fault.js';
import type { ScratchChannel } from './scratch-channel.js';

/** Where the broker puts what it takes off a full queue. Internal: nobody can publish to it. */
const EXCHANGE = 'hermes.dropped';
/** What is kept until it is counted; of more than this between two looks the count says the least that was dropped. */
const KEPT_BYTES = 16 * 1024 ** 2;
const KEPT = 100_000;

/**
 * Counts what the broker drops off a queue that is full, or whose messages expire. The broker says nothing of it and keeps no
 * count; but it can move what it drops to another queue. Nobody reads that one: emptying it says how many were in it.
 */
export class DropCounter {
  readonly #queue: string;

  private constructor(queue: string) {
    this.#queue = `${queue}.dropped`;
  }

  /** @throws {Refusal} when the broker does not allow it */
  static async open(scratch: ScratchChannel, queue: string): Promise<DropCounter> {
    const counter = new DropCounter(queue);
    await scratch.run((channel) => counter.#declare(channel));
    return counter;
  }

  /** Belongs to the arguments of the queue. */
  get arguments(): Readonly<Record<string, string>> {
    return { 'x-dead-letter-exchange': EXCHANGE, 'x-dead-letter-routing-key': this.#queue };
  }

  /** How many were dropped since the last look. */
  async take(scratch: ScratchChannel): Promise<number> {
    try {
      const { messageCount } = await scratch.run((channel) => channel.purgeQueue(this.#queue));
      return messageCount;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // Somebody has deleted it.
      await scratch.run((channel) => this.#declare(channel));
      return 0;
    }
  }

  async remove(channel: Channel): Promise<void> {
    await channel.deleteQueue(this.#queue);
  }

  async #declare(channel: Channel): Promise<void> {
    await channel.assertExchange(EXCHANGE, 'direct', { durable: true, internal: true });
    await channel.assertQueue(this.#queue, {
      exclusive: true,
      durable: false,
      arguments: { 'x-queue-type': 'classic', 'x-max-length': KEPT, 'x-max-length-bytes': KEPT_BYTES },
    });
    await channel.bindQueue(this.#queue, EXCHANGE, this.#queue);
  }
}
