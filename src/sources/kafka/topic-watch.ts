import type { BrokerPool } from './broker-pool.js';
import type { Point, TopicLook } from './broker.js';
import { kindOf, sentenceOf } from './fault.js';
import { Partition } from './partition.js';
import type { TopicMapping } from './topic-mapping.js';

/** A partition that appears while the node runs is read from a little before that, for clocks that differ. */
const CLOCK_SLACK = 60_000;

interface Topic {
  readonly mapping: TopicMapping;
  readonly partitions: Map<number, Partition>;
  /** Those that were there when the node saw the topic for the first time; undefined until then. */
  original: ReadonlySet<number> | undefined;
  /** Wall clock of the last look, whether the topic was there or not. */
  seenAt: number;
  trouble: string | undefined;
}

/** What the cluster says about the configured topics, and from where on their partitions are read. */
export class TopicWatch {
  readonly #topics: readonly Topic[];

  constructor(
    mappings: readonly TopicMapping[],
    private readonly pool: BrokerPool,
  ) {
    this.#topics = mappings.map((mapping) => ({
      mapping,
      partitions: new Map(),
      original: undefined,
      seenAt: 0,
      trouble: undefined,
    }));
  }

  get partitions(): readonly Partition[] {
    return this.#topics.flatMap(({ partitions }) => [...partitions.values()]);
  }

  /** What is wrong with each topic that cannot be read. */
  get troubles(): ReadonlyMap<string, string> {
    return new Map(
      this.#topics.flatMap(({ mapping, trouble }) =>
        trouble === undefined ? [] : [[mapping.topic, trouble] as const],
      ),
    );
  }

  /** @throws when no broker could be asked; what is wrong with a single topic is in {@link troubles} */
  async look(): Promise<void> {
    for (const topic of this.#topics) await this.#lookAt(topic);
  }

  async #lookAt(topic: Topic): Promise<void> {
    const broker = this.pool.any();
    const startedAt = Date.now();
    try {
      const look = await broker.lookAt(topic.mapping.topic);
      this.pool.learn(look.brokers);
      topic.trouble = await this.#take(topic, look);
    } catch (error) {
      const kind = kindOf(error);
      if (kind === 'connection') {
        this.pool.drop(broker);
        throw error;
      }
      topic.trouble = kind === 'absent' ? 'does not exist' : sentenceOf(error);
      if (kind !== 'absent') return;
      topic.original ??= new Set();
      for (const partition of topic.partitions.values()) partition.vanished('does not exist');
    }
    topic.seenAt = startedAt;
  }

  /** @returns why some of the partitions cannot be read yet */
  async #take(topic: Topic, { partitions }: TopicLook): Promise<string | undefined> {
    topic.original ??= new Set(partitions.map(({ id }) => id));
    let trouble: string | undefined;
    const present = new Set(partitions.map(({ id }) => id));
    for (const id of topic.partitions.keys()) if (!present.has(id)) topic.partitions.delete(id);
    for (const { id, leader, refusal } of partitions) {
      try {
        // One without a leader keeps the one it had, and holds nobody up.
        if (refusal !== undefined) throw refusal;
        const partition = topic.partitions.get(id) ?? new Partition(topic.mapping, id, leader);
        partition.leader = leader;
        partition.trouble = undefined;
        partition.next ??= await this.#begin(topic, partition);
        topic.partitions.set(id, partition);
      } catch (error) {
        trouble ??= `partition ${id}: ${sentenceOf(error)}`;
      }
    }
    return trouble;
  }

  /** From now on what was there before; what came meanwhile from where the node could have known of it. */
  async #begin({ original, seenAt }: Topic, partition: Partition): Promise<bigint | undefined> {
    const point: Point = original?.has(partition.id) ? 'latest' : { since: seenAt - CLOCK_SLACK };
    const leader = this.pool.node(partition.leader);
    try {
      return (await leader.offsetAt(partition, point)) ?? (await leader.offsetAt(partition, 'latest'));
    } catch (error) {
      if (kindOf(error) === 'connection') this.pool.drop(leader);
      throw error;
    }
  }
}
