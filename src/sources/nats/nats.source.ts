import { Injectable, Logger } from '@nestjs/common';
import type { NatsConnection as Connection } from '@nats-io/transport-node';
import { EventIntake } from '../../delivery/index.js';
import { EventSource, Hold, Repairs, type SourceState } from '../index.js';
import { ChannelRule } from './channel-rule.js';
import { CoreSubjects, type CoreSubjectsListener } from './core-subjects.js';
import { sentenceOf } from './fault.js';
import { NatsConfig } from './nats.config.js';
import { NatsConnection, type ConnectionListener } from './nats.connection.js';
import { decodeNats, type DecoderRules, type NatsMessage } from './nats.decoder.js';
import { StreamFeed, type StreamFeedListener } from './stream-feed.js';
import { BUS_SUBJECT, isInternal } from './subject.js';

interface Arrival {
  readonly message: NatsMessage;
  readonly receivedAt: number;
}

const NAME = 'nats';
/** Bytes of streams on their way over the connection: a quarter of what a server holds for a client. */
const FETCH_BYTES = 16 * 1024 ** 2;

/** Brings in the events of NATS: core subjects as they come, and streams from where this node has read them to. */
@Injectable()
export class NatsSource extends EventSource implements ConnectionListener, CoreSubjectsListener, StreamFeedListener {
  override readonly name = NAME;
  override readonly stats = {
    connects: 0,
    disconnects: 0,
    connectFailures: 0,
    consumerLosses: 0,
    consumerRestores: 0,
    subjectRefusals: 0,
    streamRefusals: 0,
    repairFailures: 0,
    badCacheTtl: 0,
    eventFaults: 0,
    heldDropped: 0,
  };
  readonly #logger = new Logger(NatsSource.name);
  readonly #connection: NatsConnection;
  readonly #repairs: Repairs<Connection>;
  readonly #hold: Hold<Arrival>;
  readonly #subjects: CoreSubjects;
  readonly #feeds: readonly StreamFeed[];
  readonly #rules: DecoderRules;
  #phase: 'idle' | 'running' | 'stopped' = 'idle';
  /** The connection on which everything that can be had has been asked for. */
  #served: Connection | undefined;
  #wasLost = false;
  /** Why there is no connection, as it was last logged. */
  #trouble = '';

  constructor(
    private readonly config: NatsConfig,
    private readonly intake: EventIntake,
  ) {
    super();
    this.#connection = new NatsConnection(config, 'consumer', this);
    this.#repairs = new Repairs({
      connection: () => this.#connection.current,
      repair: (connection) => this.#repairOn(connection),
      failed: (connection, error) => this.#repairFailed(connection, sentenceOf(error)),
    });
    this.#rules = { rule: ChannelRule.parse(config.channel), event: config.event };
    const { prefetch, holdLimit } = config;
    intake.producers.claim((channel) => config.bringsChannel(channel));
    this.#hold = new Hold(
      holdLimit,
      (arrival) => this.#handOver(arrival),
      () => this.stats.heldDropped++,
    );
    this.#subjects = new CoreSubjects([BUS_SUBJECT, ...config.subjects], this);
    const fetchBytes = FETCH_BYTES / Math.max(1, config.streams.length);
    const options = { prefetch, fetchBytes, gate: this.#hold };
    this.#feeds = config.streams.map((binding) => new StreamFeed(binding, options, this));
  }

  override get state(): SourceState {
    if (this.#phase === 'stopped') return { kind: 'stopped' };
    const { current, reason } = this.#connection;
    if (!current) return waiting(`not connected to the server: ${reason}`);
    if (current !== this.#served) return waiting('subscribing');
    const trouble = this.#subjects.refusal ?? this.#feeds.find((feed) => feed.trouble !== undefined)?.trouble;
    return trouble === undefined ? { kind: 'consuming' } : waiting(trouble);
  }

  override start(): void {
    if (this.#phase !== 'idle') return;
    this.#phase = 'running';
    this.#repairs.start(this.config.watchdog);
    this.#connection.open();
  }

  override pause(): void {
    this.#hold.close();
  }

  override resume(): void {
    if (this.#phase !== 'stopped') this.#hold.open();
  }

  /** What is on its way goes to the intake while subscriptions end; what a pause holds is lost, or stays in its stream. */
  override async stop(): Promise<void> {
    if (this.#phase === 'stopped') return;
    this.#phase = 'stopped';
    this.#repairs.stop();
    await Promise.all([this.#subjects.drain(), ...this.#feeds.map((feed) => feed.stop())]);
    this.stats.heldDropped += this.#hold.discard();
    await this.#connection.close();
    await this.#repairs.ended();
  }

  connected(): void {
    this.stats.connects++;
    this.#trouble = '';
    this.#logger.log('source.connected', { source: NAME });
    this.#repairs.mend();
  }

  disconnected(reason: string): void {
    this.stats.disconnects++;
    this.#wasLost = true;
    this.#served = undefined;
    this.#subjects.lost();
    for (const feed of this.#feeds) feed.lost();
    this.#logger.warn('source.disconnected', { source: NAME, reason });
  }

  connectFailed(reason: string): void {
    this.stats.connectFailures++;
    if (this.#trouble !== reason) this.#logger.warn('source.connect.failed', { source: NAME, reason });
    this.#trouble = reason;
  }

  received(subject: string, message: NatsMessage): void {
    if (subject !== BUS_SUBJECT && isInternal(message.subject)) return;
    this.#hold.push({ message, receivedAt: performance.now() }, message.data.length);
  }

  subjectRefused(subject: string, reason: string): void {
    this.stats.subjectRefusals++;
    this.#logger.error('source.subject.refused', { source: NAME, subject, reason });
  }

  subjectAccepted(subject: string): void {
    this.#logger.log('source.subject.accepted', { source: NAME, subject });
  }

  fetched(message: NatsMessage): void {
    if (!isInternal(message.subject)) this.#handOver({ message, receivedAt: performance.now() });
  }

  streamRefused(stream: string, reason: string): void {
    this.stats.streamRefusals++;
    this.#logger.error('source.stream.refused', { source: NAME, stream, reason });
  }

  streamAccepted(stream: string): void {
    this.#logger.log('source.stream.accepted', { source: NAME, stream });
  }

  consumerLost(stream: string, reason: string): void {
    this.#repairs.lost(() => {
      this.stats.consumerLosses++;
      this.#wasLost = true;
      this.#logger.warn('source.consumer.lost', { source: NAME, stream, reason });
    });
  }

  async #repairOn(connection: Connection): Promise<void> {
    // A connection that ends leaves what was asked on it unanswered.
    const ended = connection.closed();
    await Promise.race([ended, this.#subjects.subscribe(connection)]);
    await Promise.race([ended, Promise.all(this.#feeds.map((feed) => feed.mend(connection)))]);
    if (connection !== this.#connection.current) return;
    this.#served = connection;
    if (this.#wasLost && this.state.kind === 'consuming') {
      this.#wasLost = false;
      this.stats.consumerRestores++;
      this.#logger.log('source.consumer.restored', { source: NAME });
    }
  }

  /** A connection on which the repair did not succeed is given up. */
  #repairFailed(connection: Connection, reason: string): void {
    this.stats.repairFailures++;
    this.#logger.warn('source.repair.failed', { source: NAME, reason });
    this.#connection.drop(connection, reason);
  }

  #handOver({ message, receivedAt }: Arrival): void {
    try {
      this.#take(message, receivedAt);
    } catch (error) {
      // A message that makes Hermes stumble would do so again: it is counted and never comes back.
      this.stats.eventFaults++;
      this.#logger.error('source.event.failed', { source: NAME, reason: sentenceOf(error) });
    }
  }

  #take(message: NatsMessage, receivedAt: number): void {
    const decoded = decodeNats(message, this.#rules, receivedAt);
    if (!decoded.ok) {
      this.intake.reject(NAME, decoded.reason, `subject ${message.subject}: ${decoded.detail}`);
      return;
    }
    if (decoded.warning === 'bad_cache_ttl') this.stats.badCacheTtl++;
    this.intake.accept(NAME, decoded.event, message.subject !== BUS_SUBJECT);
  }
}

function waiting(reason: string): SourceState {
  return { kind: 'waiting', reason };
}
