import { loadClient } from './client.js';
import type { AbortedTransaction } from './fetch-answer.js';
import type { Refusal } from './fault.js';
import type { KafkaConfig } from './kafka.config.js';
import { Line } from './line.js';
import type { Partition } from './partition.js';
import { readBatches, type BatchList } from './record-batch.js';

/** What one request brought from one partition. */
export interface Fetched extends BatchList {
  readonly partition: Partition;
  readonly refusal: Refusal | undefined;
  readonly aborted: readonly AbortedTransaction[];
}

export interface PartitionLook {
  readonly id: number;
  readonly leader: number;
  /** Why it cannot be read, as far as the broker that was asked knows. */
  readonly refusal: Refusal | undefined;
}

export interface TopicLook {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  readonly partitions: readonly PartitionLook[];
}

/** A point in the log: its end, its beginning, or the first message that is not older than this. */
export type Point = 'latest' | 'earliest' | { readonly since: number };

const READ_COMMITTED = 1;
const NO_REPLICA = -1;
const NO_EPOCH = -1;
const NO_SESSION = 0;
const NO_RACK = '';
const LEAST_BYTES = 1;
/** The broker answers a fetch at once when it has something, and after this many milliseconds when it has nothing. */
const LONGEST_POLL = 500;
/** A follower is away, which is the cluster's trouble and not ours. */
const REPLICA_NOT_AVAILABLE = 9;
const NO_TOPIC = { errorCode: 3, partitions: [] };
const PARTITION_LIMIT = 1024 ** 2;

/** One broker of the cluster; connects when it is first asked something. */
export class Broker {
  /** A broker answers one connection in the order of its questions: who asks for messages waits for them on his own. */
  readonly #questions: Line;
  readonly #messages: Line;

  constructor(
    readonly address: string,
    private readonly config: KafkaConfig,
  ) {
    const { timeout } = config;
    this.#questions = new Line(address, { config, connectTimeout: timeout, requestTimeout: timeout });
    // A fetch may take a while on purpose; the rest of the time is for the broker.
    const requestTimeout = timeout + LONGEST_POLL;
    this.#messages = new Line(address, { config, connectTimeout: timeout, requestTimeout });
  }

  /** @throws {Refusal} when the topic is not there, or not for us */
  async lookAt(topic: string): Promise<TopicLook> {
    const client = await loadClient();
    const { brokers, topics } = await this.#questions.ask(client.metadata, [topic], false);
    const { errorCode, partitions } = topics.find(({ name }) => name === topic) ?? NO_TOPIC;
    const refusal = client.refusalOf(errorCode);
    if (refusal !== undefined) throw refusal;
    return {
      brokers,
      partitions: partitions.map(({ partitionIndex: id, leaderId: leader, errorCode: code }) => {
        return { id, leader, refusal: code === REPLICA_NOT_AVAILABLE ? undefined : client.refusalOf(code) };
      }),
    };
  }

  /**
   * @returns the offset at this point; undefined when no message is as young as that
   * @throws {Refusal} when the broker does not say
   */
  async offsetAt({ topic, id }: Partition, point: Point): Promise<bigint | undefined> {
    const client = await loadClient();
    const timestamp = point === 'latest' ? -1 : point === 'earliest' ? -2 : point.since;
    const partition = { partitionIndex: id, currentLeaderEpoch: NO_EPOCH, timestamp: BigInt(timestamp) };
    const question = [{ name: topic, partitions: [partition] }];
    const { topics } = await this.#questions.ask(client.listOffsets, NO_REPLICA, READ_COMMITTED, question);
    const answer = topics[0]?.partitions[0];
    const refusal = client.refusalOf(answer?.errorCode ?? 0);
    if (refusal !== undefined) throw refusal;
    return answer === undefined || answer.offset < 0n ? undefined : answer.offset;
  }

  /** The first of the partitions gets a batch of whatever size; the others what there is still room for. */
  async fetch(partitions: readonly Partition[]): Promise<readonly Fetched[]> {
    const client = await loadClient();
    const { fetchLimit } = this.config;
    const asked = new Map(partitions.map((partition) => [partition.name, partition]));
    const topics = partitions.map(({ topic, id, next }) => ({
      topicId: topic,
      partitions: [
        {
          partition: id,
          currentLeaderEpoch: NO_EPOCH,
          fetchOffset: next ?? 0n,
          lastFetchedEpoch: NO_EPOCH,
          partitionMaxBytes: Math.min(fetchLimit, PARTITION_LIMIT),
        },
      ],
    }));
    const answers = await this.#messages.ask(
      client.fetch,
      LONGEST_POLL,
      LEAST_BYTES,
      fetchLimit,
      READ_COMMITTED,
      NO_SESSION,
      NO_EPOCH,
      topics,
      [],
      NO_RACK,
    );
    return answers.flatMap(({ topic, id, errorCode, aborted, records }) => {
      const partition = asked.get(`${topic}/${id}`);
      if (partition === undefined) return [];
      const refusal = client.refusalOf(errorCode);
      return [{ partition, refusal, aborted, ...readBatches(records, client.crc32c) }];
    });
  }

  /** Ends its connections at once; whatever is still asked ends in an error. */
  close(): void {
    this.#questions.close();
    this.#messages.close();
  }
}
