import { setImmediate as nextTurn } from 'node:timers/promises';
import { Backoff } from '../index.js';
import type { Bell } from './bell.js';
import type { BrokerPool } from './broker-pool.js';
import type { Broker, Fetched, FetchedMessage, Point } from './broker.js';
import { kindOf, sentenceOf } from './fault.js';
import type { Partition } from './partition.js';

export interface ReaderListener {
  /** What is to be read from this leader now. */
  partitionsOf(leader: number): readonly Partition[];
  /** Rings when there may be something else to read, when a pause ends and when all ends. */
  readonly bell: Bell;
  readonly isPaused: boolean;
  readonly isOver: boolean;
  received(partition: Partition, message: FetchedMessage, receivedAt: number): void;
  /** These were asked for; what is wrong with some of them they bear themselves. */
  leaderAnswered(leader: number, partitions: readonly Partition[]): void;
  leaderLost(leader: number, reason: string): void;
  /** The partition is left alone until the next look at the cluster. */
  partitionRefused(partition: Partition, reason: string): void;
  offsetReset(partition: Partition): void;
  messagesSkipped(partition: Partition, count: bigint, reason: string): void;
}

/** Other work gets its turn after so many messages. */
const MESSAGES_IN_A_TURN = 128;

/** Reads the partitions of one leader, one request at a time, as long as the source runs. */
export class LeaderReader {
  readonly #backoff: Backoff;
  #held = 0;

  constructor(
    private readonly leader: number,
    private readonly pool: BrokerPool,
    longestWait: number,
    private readonly listener: ReaderListener,
  ) {
    this.#backoff = new Backoff(longestWait, Math.random);
  }

  /** Messages in hand that have not been passed on. */
  get held(): number {
    return this.#held;
  }

  async run(): Promise<void> {
    const { listener } = this;
    while (!listener.isOver) {
      const partitions = listener.partitionsOf(this.leader);
      if (partitions.length === 0 || listener.isPaused) await listener.bell.wait();
      else await this.#round(partitions);
    }
  }

  async #round(partitions: readonly Partition[]): Promise<void> {
    let broker: Broker | undefined;
    try {
      broker = this.pool.node(this.leader);
      const fetched = await this.#fetch(broker, partitions);
      this.#backoff.reset();
      this.listener.leaderAnswered(this.leader, partitions);
      await this.#handOver(fetched);
    } catch (error) {
      if (this.listener.isOver) return;
      if (broker !== undefined) this.pool.drop(broker);
      this.listener.leaderLost(this.leader, sentenceOf(error));
      await this.listener.bell.wait(this.#backoff.next());
    }
  }

  /** All at once; when that fails, one by one, because the library does not say which of them it was. */
  async #fetch(broker: Broker, partitions: readonly Partition[]): Promise<readonly Fetched[]> {
    try {
      return await broker.fetch(partitions, true);
    } catch (error) {
      if (kindOf(error) === 'connection') throw error;
    }
    const fetched: Fetched[] = [];
    for (const partition of partitions) {
      try {
        fetched.push(...(await broker.fetch([partition], false)));
      } catch (error) {
        await this.#mend(broker, partition, error);
      }
    }
    return fetched;
  }

  async #mend(broker: Broker, partition: Partition, error: unknown): Promise<void> {
    const reason = sentenceOf(error);
    switch (kindOf(error)) {
      case 'connection':
        throw error;
      case 'absent':
        partition.vanished(reason);
        return this.listener.partitionRefused(partition, reason);
      case 'refused':
        partition.trouble = reason;
        return this.listener.partitionRefused(partition, reason);
      case 'out_of_range':
        return this.#restart(broker, partition);
      case 'unreadable':
        return this.#skip(broker, partition, reason);
    }
  }

  /** To the beginning when the log has lost it or is another, to the end when the log was cut off. */
  async #restart(broker: Broker, partition: Partition): Promise<void> {
    const earliest = (await broker.offsetAt(partition, 'earliest')) ?? 0n;
    const isBehind = partition.next !== undefined && partition.next < earliest;
    const point: Point = isBehind || partition.mayBeAnother ? 'earliest' : 'latest';
    partition.next = await broker.offsetAt(partition, point);
    partition.mayBeAnother = false;
    this.listener.offsetReset(partition);
  }

  /** Nothing says where the messages that cannot be read end, so all that are there now are given up. */
  async #skip(broker: Broker, partition: Partition, reason: string): Promise<void> {
    const end = await broker.offsetAt(partition, 'latest');
    if (end === undefined || partition.next === undefined) return;
    this.listener.messagesSkipped(partition, end - partition.next, reason);
    partition.advance(end);
  }

  async #handOver(fetched: readonly Fetched[]): Promise<void> {
    const receivedAt = performance.now();
    this.#held = fetched.reduce((count, { messages }) => count + messages.length, 0);
    for (const { partition, messages, end } of fetched) {
      for (const message of messages) {
        if (this.listener.isPaused || this.#held % MESSAGES_IN_A_TURN === 0) await this.#turn();
        if (this.listener.isOver) return;
        this.#held--;
        if (partition.claim(BigInt(message.offset))) this.listener.received(partition, message, receivedAt);
      }
      partition.advance(end);
    }
  }

  async #turn(): Promise<void> {
    const { listener } = this;
    await nextTurn();
    while (listener.isPaused && !listener.isOver) await listener.bell.wait();
  }
}
