import { setImmediate as nextTurn } from 'node:timers/promises';
import { Backoff } from '../index.js';
import { AbortedTransactions } from './aborted-transactions.js';
import type { Bell } from './bell.js';
import type { BrokerPool } from './broker-pool.js';
import type { Broker, Fetched, Point } from './broker.js';
import { decompress } from './decompress.js';
import { Refusal, sentenceOf } from './fault.js';
import type { KafkaConfig } from './kafka.config.js';
import type { Partition } from './partition.js';
import type { RecordBatch } from './record-batch.js';
import { recordsIn, type KafkaRecord } from './record.js';

export interface ReaderListener {
  /** What is to be read from this leader now. */
  partitionsOf(leader: number): readonly Partition[];
  /** Rings when there may be something else to read, when a pause ends and when all ends. */
  readonly bell: Bell;
  readonly isPaused: boolean;
  readonly isOver: boolean;
  received(partition: Partition, record: KafkaRecord, receivedAt: number): void;
  /** These were asked for; what is wrong with some of them they bear themselves. */
  leaderAnswered(leader: number, partitions: readonly Partition[]): void;
  leaderLost(leader: number, reason: string): void;
  /** The partition is left alone until the next look at the cluster. */
  partitionRefused(partition: Partition, reason: string): void;
  offsetReset(partition: Partition): void;
  messagesSkipped(partition: Partition, offset: bigint, count: number, reason: string): void;
}

const MESSAGES_IN_A_TURN = 128;
const BYTES_IN_A_TURN = 256 * 1024;
/** No batch of any use is larger, compressed or not; one that decompresses to more is there to hurt. */
const LARGEST_BATCH = 64 * 1024 ** 2;

/** Reads the partitions of one leader, one request at a time, as long as the source runs. */
export class LeaderReader {
  readonly #backoff: Backoff;
  readonly #largestBatch: number;
  /** Partitions whose next batch had no room in the last answer. */
  readonly #cutShort = new Set<Partition>();
  #rounds = 0;
  #held = 0;
  #messagesLeft = MESSAGES_IN_A_TURN;
  #bytesLeft = BYTES_IN_A_TURN;

  constructor(
    private readonly leader: number,
    private readonly pool: BrokerPool,
    { reconnect, fetchLimit }: Pick<KafkaConfig, 'reconnect' | 'fetchLimit'>,
    private readonly listener: ReaderListener,
  ) {
    this.#backoff = new Backoff(reconnect, Math.random);
    this.#largestBatch = Math.max(LARGEST_BATCH, fetchLimit);
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
      const fetched = await broker.fetch(this.#inTurn(partitions));
      for (const { partition, refusal } of fetched) {
        if (refusal !== undefined) await this.#mend(broker, partition, refusal);
      }
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

  /** Brokers fill an answer in the order of the question: each partition comes first some time, and at once when it has to. */
  #inTurn(partitions: readonly Partition[]): readonly Partition[] {
    const start = this.#rounds++ % partitions.length;
    const turn = [...partitions.slice(start), ...partitions.slice(0, start)];
    if (this.#cutShort.size === 0) return turn;
    return turn.toSorted((a, b) => Number(this.#cutShort.has(b)) - Number(this.#cutShort.has(a)));
  }

  async #mend(broker: Broker, partition: Partition, { kind, message }: Refusal): Promise<void> {
    if (kind === 'out_of_range') return this.#restart(broker, partition);
    if (kind === 'absent') partition.vanished(message);
    else partition.trouble = message;
    this.listener.partitionRefused(partition, message);
  }

  /** To the beginning when the log has lost it or is another, to the end when the log was cut off. */
  async #restart(broker: Broker, partition: Partition): Promise<void> {
    try {
      const earliest = (await broker.offsetAt(partition, 'earliest')) ?? 0n;
      const isBehind = partition.next !== undefined && partition.next < earliest;
      const point: Point = isBehind || partition.mayBeAnother ? 'earliest' : 'latest';
      partition.next = await broker.offsetAt(partition, point);
    } catch (error) {
      if (error instanceof Refusal && error.kind !== 'out_of_range') return this.#mend(broker, partition, error);
      throw error;
    }
    partition.mayBeAnother = false;
    this.listener.offsetReset(partition);
  }

  async #handOver(fetched: readonly Fetched[]): Promise<void> {
    const receivedAt = performance.now();
    const counts = fetched.flatMap(({ batches }) => batches.map(({ count }) => count));
    this.#held = counts.reduce((sum, count) => sum + count, 0);
    for (const [place, one] of fetched.entries()) {
      await this.#handOverPartition(one, place === 0, receivedAt);
      if (this.listener.isOver) return;
    }
  }

  async #handOverPartition(fetched: Fetched, cameFirst: boolean, receivedAt: number): Promise<void> {
    const { partition, batches, isCutShort } = fetched;
    const before = partition.next;
    const aborted = new AbortedTransactions(fetched.aborted);
    for (const batch of batches) {
      const held = this.#held - batch.count;
      if (batch.damage !== undefined) this.#skipped(partition, batch.baseOffset, 1, batch.damage);
      else if (!aborted.covers(batch) && !batch.isControl) await this.#handOverBatch(partition, batch, receivedAt);
      if (this.listener.isOver) return;
      this.#held = held;
      partition.advance(batch.nextOffset);
    }
    const isStuck = before !== undefined && partition.next === before;
    if (isStuck && isCutShort && !cameFirst) this.#cutShort.add(partition);
    else this.#cutShort.delete(partition);
    // The broker answers at once when it has bytes: asking again for the same ones would never end.
    if (isStuck && (batches.length > 0 || (isCutShort && cameFirst))) {
      this.#skipped(partition, before, 1, 'the broker sends bytes that hold no whole record batch');
      partition.advance(before + 1n);
    }
  }

  /** A batch that cannot be read to its end loses what is left of it, and nothing behind it. */
  async #handOverBatch(partition: Partition, batch: RecordBatch, receivedAt: number): Promise<void> {
    const held = this.#held;
    try {
      const bytes = await decompress(batch.compression, batch.records, this.#largestBatch);
      for (const record of recordsIn(bytes, batch)) {
        await this.#turn(record);
        if (this.listener.isOver) return;
        this.#held--;
        if (partition.claim(record.offset)) this.listener.received(partition, record, receivedAt);
      }
    } catch (error) {
      const offset = partition.next ?? batch.baseOffset;
      this.#skipped(partition, offset, batch.count - (held - this.#held), sentenceOf(error));
    }
  }

  #skipped(partition: Partition, offset: bigint, count: number, reason: string): void {
    this.listener.messagesSkipped(partition, offset, count, reason);
  }

  /** Others get their turn after so many messages, or bytes; during a pause they have it all. */
  async #turn({ value }: KafkaRecord): Promise<void> {
    const { listener } = this;
    this.#messagesLeft--;
    this.#bytesLeft -= value?.length ?? 0;
    if (this.#messagesLeft > 0 && this.#bytesLeft > 0 && !listener.isPaused) return;
    this.#messagesLeft = MESSAGES_IN_A_TURN;
    this.#bytesLeft = BYTES_IN_A_TURN;
    await nextTurn();
    while (listener.isPaused && !listener.isOver) await listener.bell.wait();
  }
}
