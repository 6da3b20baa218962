import { Injectable, Logger } from '@nestjs/common';
import { EventIntake } from '../../delivery/index.js';
import { Backoff, EventSource, type SourceState } from '../index.js';
import { Bell } from './bell.js';
import { BrokerPool } from './broker-pool.js';
import { sentenceOf } from './fault.js';
import { KafkaConfig } from './kafka.config.js';
import { decodeKafkaMessage } from './kafka.decoder.js';
import { LeaderReader, type ReaderListener } from './leader-reader.js';
import type { Partition } from './partition.js';
import type { KafkaRecord } from './record.js';
import { SkipLog } from './skip-log.js';
import { channelOf } from './topic-mapping.js';
import { TopicWatch } from './topic-watch.js';

const NAME = 'kafka';

/** Brings in the events of Kafka: every partition of every topic, from now on, on each node. */
@Injectable()
export class KafkaSource extends EventSource implements ReaderListener {
  override readonly name = NAME;
  override readonly stats = {
    connects: 0,
    disconnects: 0,
    connectFailures: 0,
    consumerLosses: 0,
    consumerRestores: 0,
    topicRefusals: 0,
    offsetResets: 0,
    messagesSkipped: 0,
    badCacheTtl: 0,
    eventFaults: 0,
    heldDropped: 0,
  };
  readonly bell = new Bell();
  readonly #logger = new Logger(KafkaSource.name);
  readonly #skips = new SkipLog(this.#logger, () => performance.now());
  readonly #pool: BrokerPool;
  readonly #watch: TopicWatch;
  readonly #backoff: Backoff;
  readonly #readers = new Map<number, { readonly reader: LeaderReader; readonly done: Promise<void> }>();
  /** Rings when a look at the cluster is wanted before its time. */
  readonly #alarm = new Bell();
  readonly #end = new Bell();
  /** Leaders that do not answer, and why. */
  readonly #lost = new Map<number, string>();
  /** Partitions whose leader answers, and refuses them. */
  readonly #refused = new Map<Partition, string>();
  #topicTroubles: ReadonlyMap<string, string> = new Map();
  /** Why the cluster could not be looked at. */
  #trouble: string | undefined = 'not tried yet';
  #phase: 'idle' | 'running' | 'stopped' = 'idle';
  #watching: Promise<void> | undefined;
  #isPaused = false;
  #isConnected = false;
  #lastLogged = '';

  constructor(
    private readonly config: KafkaConfig,
    private readonly intake: EventIntake,
  ) {
    super();
    intake.producers.claim((channel) => config.topics.some((mapping) => channelOf(mapping) === channel));
    this.#pool = new BrokerPool(config);
    this.#watch = new TopicWatch(config.topics, this.#pool);
    this.#backoff = new Backoff(config.reconnect, Math.random);
  }

  override get state(): SourceState {
    if (this.#phase === 'stopped') return { kind: 'stopped' };
    const reason = this.#reason();
    return reason === undefined ? { kind: 'consuming' } : { kind: 'waiting', reason };
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get isOver(): boolean {
    return this.#phase === 'stopped';
  }

  /** Messages in hand that have not been passed on. */
  get held(): number {
    return [...this.#readers.values()].reduce((sum, { reader }) => sum + reader.held, 0);
  }

  override start(): void {
    if (this.#phase !== 'idle') return;
    this.#phase = 'running';
    this.#watching = this.#keepWatch();
  }

  override pause(): void {
    this.#isPaused = true;
  }

  override resume(): void {
    this.#isPaused = false;
    this.bell.ring();
  }

  /** Nothing is handed over from here on; what a pause holds was never marked as read anywhere, and goes. */
  override async stop(): Promise<void> {
    if (this.#phase === 'stopped') return;
    this.#phase = 'stopped';
    this.stats.heldDropped += this.held;
    this.#pool.close();
    for (const bell of [this.bell, this.#alarm, this.#end]) bell.ring();
    await this.#watching;
    await Promise.all([...this.#readers.values()].map(({ done }) => done));
  }

  partitionsOf(leader: number): readonly Partition[] {
    return this.#watch.partitions.filter((partition) => partition.leader === leader && partition.trouble === undefined);
  }

  received({ mapping, id }: Partition, record: KafkaRecord, receivedAt: number): void {
    try {
      const decoded = decodeKafkaMessage(mapping, record, receivedAt);
      if (!decoded.ok) {
        const where = `topic ${mapping.topic}, partition ${id}, offset ${record.offset}`;
        this.intake.reject(NAME, decoded.reason, `${where}: ${decoded.detail}`);
        return;
      }
      if (decoded.warning === 'bad_cache_ttl') this.stats.badCacheTtl++;
      this.intake.accept(NAME, decoded.event, true);
    } catch (error) {
      // A message that makes Hermes stumble would do so again: it is counted and never comes back.
      this.stats.eventFaults++;
      this.#logger.error('source.event.failed', { source: NAME, reason: sentenceOf(error) });
    }
  }

  leaderAnswered(leader: number, partitions: readonly Partition[]): void {
    if (this.#lost.delete(leader)) this.#connected();
    for (const partition of partitions) if (partition.trouble === undefined) this.#restored(partition);
  }

  leaderLost(leader: number, reason: string): void {
    this.#lost.set(leader, reason);
    this.#disconnected(reason);
    this.#alarm.ring();
  }

  partitionRefused(partition: Partition, reason: string): void {
    if (!this.#refused.has(partition)) {
      this.stats.consumerLosses++;
      this.#logger.warn('source.consumer.lost', { source: NAME, partition: partition.name, reason });
    }
    this.#refused.set(partition, reason);
    this.#alarm.ring();
  }

  offsetReset({ name, next }: Partition): void {
    this.stats.offsetResets++;
    this.#logger.warn('source.offset.reset', { source: NAME, partition: name, offset: String(next) });
  }

  messagesSkipped({ name }: Partition, offset: bigint, count: number, reason: string): void {
    this.stats.messagesSkipped += count;
    this.#skips.skipped(name, { source: NAME, partition: name, offset: String(offset), reason }, count);
  }

  /** Why this node does not read all it should. */
  #reason(): string | undefined {
    if (this.#trouble !== undefined) return `not connected to the brokers: ${this.#trouble}`;
    for (const [leader, reason] of this.#lost) return `not connected to broker ${leader}: ${reason}`;
    for (const [topic, reason] of this.#topicTroubles) return `topic ${topic}: ${reason}`;
    for (const [{ name }, reason] of this.#refused) return `partition ${name}: ${reason}`;
    return undefined;
  }

  async #keepWatch(): Promise<void> {
    while (!this.isOver) {
      try {
        await this.#watch.look();
        if (!this.isOver) this.#looked();
      } catch (error) {
        if (!this.isOver) this.#lookFailed(sentenceOf(error));
      }
      if (!this.isOver) await this.#untilNextLook();
    }
  }

  /** Trouble that is new asks for a look at once; trouble that stays has its growing waits. */
  async #untilNextLook(): Promise<void> {
    if (this.#reason() !== undefined) return this.#end.wait(Math.min(this.config.refresh, this.#backoff.next()));
    this.#backoff.reset();
    await this.#alarm.wait(this.config.refresh);
  }

  #looked(): void {
    this.#trouble = undefined;
    const { partitions, troubles } = this.#watch;
    const leaders = new Set(partitions.map(({ leader }) => leader));
    for (const leader of this.#lost.keys()) if (!leaders.has(leader)) this.#lost.delete(leader);
    for (const partition of this.#refused.keys()) if (!partitions.includes(partition)) this.#refused.delete(partition);
    for (const leader of leaders) if (!this.#readers.has(leader)) this.#read(leader);
    this.#compareTopics(troubles);
    this.#connected();
    this.bell.ring();
  }

  #lookFailed(reason: string): void {
    this.#trouble = reason;
    this.#disconnected(reason);
  }

  #read(leader: number): void {
    const reader = new LeaderReader(leader, this.#pool, this.config, this);
    this.#readers.set(leader, { reader, done: reader.run() });
  }

  #compareTopics(troubles: ReadonlyMap<string, string>): void {
    const before = this.#topicTroubles;
    this.#topicTroubles = troubles;
    for (const [topic, reason] of troubles) {
      if (before.get(topic) === reason) continue;
      this.stats.topicRefusals++;
      this.#logger.error('source.topic.refused', { source: NAME, topic, reason });
    }
    for (const topic of before.keys()) {
      if (!troubles.has(topic)) this.#logger.log('source.topic.accepted', { source: NAME, topic });
    }
  }

  #connected(): void {
    if (this.#isConnected || this.#trouble !== undefined || this.#lost.size > 0) return;
    this.#isConnected = true;
    this.#lastLogged = '';
    this.stats.connects++;
    this.#logger.log('source.connected', { source: NAME });
  }

  #disconnected(reason: string): void {
    if (this.#isConnected) {
      this.#isConnected = false;
      this.stats.disconnects++;
      this.#logger.warn('source.disconnected', { source: NAME, reason });
      return;
    }
    this.stats.connectFailures++;
    if (this.#lastLogged !== reason) this.#logger.warn('source.connect.failed', { source: NAME, reason });
    this.#lastLogged = reason;
  }

  #restored(partition: Partition): void {
    if (!this.#refused.delete(partition)) return;
    this.stats.consumerRestores++;
    this.#logger.log('source.consumer.restored', { source: NAME, partition: partition.name });
  }
}
