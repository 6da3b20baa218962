import { Injectable, Logger } from '@nestjs/common';
import type { ChannelModel, ConsumeMessage } from 'amqplib';
import { EventIntake } from '../../delivery/index.js';
import { EventSource, Hold, Repairs, type SourceState, decodeMessage, decodeTrigger, triggerEvents } from '../index.js';
import { BUS_EXCHANGE } from './exchange-binding.js';
import { Exchanges, type ExchangesListener } from './exchanges.js';
import { sentenceOf } from './fault.js';
import { UNREADABLE } from './frame-reader.js';
import { RabbitMqConfig } from './rabbitmq.config.js';
import { RabbitMqConnection, type ConnectionListener } from './rabbitmq.connection.js';
import { Subscription, type SubscriptionListener } from './subscription.js';

interface Delivery {
  readonly message: ConsumeMessage;
  readonly subscription: Subscription;
  readonly receivedAt: number;
  /** It was too large, and has been counted as such. */
  readonly isRefused: boolean;
}

const NOTHING = Buffer.alloc(0);
const NAME = 'rabbitmq';
/** Bytes that are held while the node is under pressure; what the prefetch allows may be more, when messages are large. */
const HOLD_LIMIT = 256 * 1024 ** 2;

/** Brings in the events of RabbitMQ: one queue of this node's own, bound to every exchange. */
@Injectable()
export class RabbitMqSource extends EventSource implements ConnectionListener, SubscriptionListener, ExchangesListener {
  override readonly name = NAME;
  override readonly stats = {
    connects: 0,
    disconnects: 0,
    connectFailures: 0,
    consumerLosses: 0,
    consumerRestores: 0,
    exchangeRefusals: 0,
    repairFailures: 0,
    badCacheTtl: 0,
    eventFaults: 0,
    heldDropped: 0,
    queueDropped: 0,
  };
  readonly #logger = new Logger(RabbitMqSource.name);
  readonly #connection: RabbitMqConnection;
  readonly #repairs: Repairs<ChannelModel>;
  readonly #exchanges: Exchanges;
  readonly #hold: Hold<Delivery>;
  #phase: 'idle' | 'running' | 'stopped' = 'idle';
  #subscription: Subscription | undefined;
  #wasLost = false;
  /** What the broker has dropped off the queue since it last dropped nothing. */
  #dropped = 0;
  /** Why that is not counted, as it was last logged. */
  #uncounted = '';
  /** Why there is no consumer, or no connection, as it was last logged. */
  #trouble = 'not subscribed yet';

  constructor(
    private readonly config: RabbitMqConfig,
    private readonly intake: EventIntake,
  ) {
    super();
    this.#connection = new RabbitMqConnection(config, 'consumer', this);
    this.#repairs = new Repairs({
      connection: () => this.#connection.current,
      repair: (connection) => this.#repairOn(connection),
      failed: (_connection, error) => this.#repairFailed(sentenceOf(error)),
    });
    this.#exchanges = new Exchanges(config, this);
    intake.producers.claim((channel) => config.exchanges.some(({ name }) => name === channel));
    this.#hold = new Hold(
      HOLD_LIMIT,
      (delivery) => this.#handOver(delivery),
      (delivery) => this.#drop(delivery),
    );
  }

  override get state(): SourceState {
    if (this.#phase === 'stopped') return { kind: 'stopped' };
    if (!this.#connection.current) return waiting(`not connected to the broker: ${this.#connection.reason}`);
    if (!this.#subscription?.isConsuming) return waiting(`no consumer: ${this.#trouble}`);
    const { refusal } = this.#exchanges;
    return refusal === undefined ? { kind: 'consuming' } : waiting(refusal);
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

  /** What is on its way goes to the intake while the consumer is being cancelled; what a pause holds goes with the queue. */
  override async stop(): Promise<void> {
    if (this.#phase === 'stopped') return;
    this.#phase = 'stopped';
    this.#repairs.stop();
    const subscription = this.#subscription;
    await subscription?.cancel();
    this.#subscription = undefined;
    this.stats.heldDropped += this.#hold.discard();
    await subscription?.close();
    await this.#connection.close();
    await this.#repairs.ended();
  }

  connected(): void {
    this.stats.connects++;
    this.#trouble = 'subscribing';
    this.#logger.log('source.connected', { source: NAME });
    this.#repairs.mend();
  }

  disconnected(reason: string): void {
    this.stats.disconnects++;
    this.#subscription = undefined;
    this.#wasLost = true;
    this.#logger.warn('source.disconnected', { source: NAME, reason });
  }

  connectFailed(reason: string): void {
    this.stats.connectFailures++;
    if (this.#trouble !== reason) this.#logger.warn('source.connect.failed', { source: NAME, reason });
    this.#trouble = reason;
  }

  exchangeRefused(exchange: string, reason: string): void {
    this.stats.exchangeRefusals++;
    this.#logger.error('source.exchange.refused', { source: NAME, exchange, reason });
  }

  exchangeAccepted(exchange: string): void {
    this.#logger.log('source.exchange.accepted', { source: NAME, exchange });
  }

  received(subscription: Subscription, message: ConsumeMessage): void {
    if (subscription !== this.#subscription) return;
    const isRefused = this.intake.refusesSize(NAME, message.content.length);
    // Its place among the others is kept for the acknowledgement; its bytes need not be held until then.
    if (isRefused) message.content = NOTHING;
    const delivery = { message, subscription, receivedAt: performance.now(), isRefused };
    this.#hold.push(delivery, message.content.length);
  }

  lost(subscription: Subscription, reason: string): void {
    if (subscription !== this.#subscription) return;
    this.#subscription = undefined;
    this.#trouble = reason;
    this.#repairs.lost(() => {
      this.stats.consumerLosses++;
      this.#wasLost = true;
      this.#logger.warn('source.consumer.lost', { source: NAME, reason });
      void subscription.close();
    });
  }

  dropsUncounted(reason: string): void {
    if (this.#uncounted !== reason) this.#logger.warn('source.queue.uncounted', { source: NAME, reason });
    this.#uncounted = reason;
  }

  async #repairOn(connection: ChannelModel): Promise<void> {
    const subscription = this.#subscription;
    if (subscription === undefined) return this.#subscribe(connection);
    const { isAlive, dropped } = await subscription.look(connection);
    this.#countDropped(dropped);
    if (!isAlive) {
      this.lost(subscription, 'the queue or its consumer is gone');
      return;
    }
    await this.#exchanges.bind(connection, subscription.queue);
  }

  #countDropped(dropped: number): void {
    this.stats.queueDropped += dropped;
    if (dropped > 0 && this.#dropped === 0) this.#logger.warn('source.queue.overflowed', { source: NAME, dropped });
    if (dropped === 0 && this.#dropped > 0) {
      this.#logger.log('source.queue.recovered', { source: NAME, dropped: this.#dropped });
    }
    this.#dropped = dropped === 0 ? 0 : this.#dropped + dropped;
  }

  async #subscribe(connection: ChannelModel): Promise<void> {
    const subscription = await Subscription.open(connection, this.config, this);
    // From here on this is the one whose messages count; a repair that was given up finds another in its place.
    if (this.#phase !== 'running' || connection !== this.#connection.current || this.#subscription) {
      return subscription.close();
    }
    this.#subscription = subscription;
    await this.#exchanges.bind(connection, subscription.queue);
    await subscription.consume();
    this.#trouble = 'none';
    if (this.#wasLost) {
      this.stats.consumerRestores++;
      this.#logger.log('source.consumer.restored', { source: NAME });
    }
    this.#wasLost = false;
  }

  /** The watchdog begins another repair. */
  async #repairFailed(reason: string): Promise<void> {
    this.stats.repairFailures++;
    if (this.#trouble !== reason) this.#logger.warn('source.repair.failed', { source: NAME, reason });
    this.#trouble = reason;
    const subscription = this.#subscription;
    this.#subscription = undefined;
    await subscription?.close();
  }

  #handOver({ message, subscription, receivedAt, isRefused }: Delivery): void {
    try {
      if (!isRefused) this.#take(message, receivedAt);
    } catch (error) {
      // A message that makes Hermes stumble would do so again: it is counted and never comes back.
      this.stats.eventFaults++;
      this.#logger.error('source.event.failed', { source: NAME, reason: sentenceOf(error) });
    }
    subscription.acknowledge(message);
  }

  /** Counted, and done with for the broker too: it would only send it again. */
  #drop({ message, subscription }: Delivery): void {
    this.stats.heldDropped++;
    subscription.acknowledge(message);
  }

  #take({ fields, properties, content }: ConsumeMessage, receivedAt: number): void {
    const { exchange } = fields;
    if (properties.headers === UNREADABLE) {
      const detail = 'the headers cannot be read: too many tables in tables';
      this.intake.reject(NAME, 'bad_header', `exchange ${exchange}: ${detail}`);
      return;
    }
    if (exchange !== '' && exchange === this.config.roomsExchange) return this.#takeTrigger(content, receivedAt);
    const byBus = exchange === BUS_EXCHANGE.name;
    const decoded = decodeMessage({ channel: exchange, headers: properties.headers, body: content, receivedAt, byBus });
    if (!decoded.ok) {
      this.intake.reject(NAME, decoded.reason, `exchange ${exchange}: ${decoded.detail}`);
      return;
    }
    if (decoded.warning === 'bad_cache_ttl') this.stats.badCacheTtl++;
    this.intake.accept(NAME, decoded.event, !byBus);
  }

  #takeTrigger(body: Buffer, receivedAt: number): void {
    const trigger = decodeTrigger(body);
    if (!trigger.ok) {
      this.intake.reject(NAME, trigger.reason, `trigger on exchange ${this.config.roomsExchange}: ${trigger.detail}`);
      return;
    }
    for (const event of triggerEvents(trigger.rooms, trigger.payload, receivedAt)) this.intake.accept(NAME, event);
  }
}

function waiting(reason: string): SourceState {
  return { kind: 'waiting', reason };
}
