import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { randomUUID } from 'node:crypto';
import { settled } from '../index.js';
import { DropCounter } from './drop-counter.js';
import { Refusal, sentenceOf } from './fault.js';
import { ScratchChannel, openChannel } from './scratch-channel.js';

export interface SubscriptionListener {
  received(subscription: Subscription, message: ConsumeMessage): void;
  /** The broker sends no more: consumer cancelled, queue deleted or channel closed. Said once, and never after `close`. */
  lost(subscription: Subscription, reason: string): void;
  /** The broker does not let us count what it drops off the queue when that is full. */
  dropsUncounted(reason: string): void;
}

/** What the broker says of a queue. */
export interface QueueState {
  readonly isAlive: boolean;
  /** Messages that it has dropped since the last look, because the queue was full or because they expired. */
  readonly dropped: number;
}

export interface SubscriptionOptions {
  readonly prefetch: number;
  /** Bytes that may wait at the broker; 0: no limit. */
  readonly queueLimit: number;
}

type QueueArguments = Readonly<Record<string, string | number>>;

const FAREWELL = 2_000;
/** Longest that an acknowledgement waits for company, in milliseconds: each is a write, and costs as much as an event. */
const ACKNOWLEDGE_WITHIN = 50;

/** One life of this node's queue: a channel, an exclusive queue and its consumer, which come and go together. */
export class Subscription {
  // A new name for each life: the broker may hold on to the queue of a connection it does not yet know to be dead.
  readonly queue = `hermes.${randomUUID()}`;
  #consumerTag: string | undefined;
  #drops: DropCounter | undefined;
  #handled: ConsumeMessage | undefined;
  /** Messages that the broker does not know to be done. */
  #unacknowledged = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  private constructor(
    private readonly channel: Channel,
    private readonly options: SubscriptionOptions,
    private readonly listener: SubscriptionListener,
  ) {
    channel.on('error', (error) => this.#lose(sentenceOf(error)));
    channel.on('close', () => this.#lose('the channel was closed'));
  }

  /** Makes the queue. Bind it, then {@link consume}. */
  static async open(
    connection: ChannelModel,
    options: SubscriptionOptions,
    listener: SubscriptionListener,
  ): Promise<Subscription> {
    const subscription = new Subscription(await openChannel(connection), options, listener);
    try {
      await subscription.#declare(connection);
      return subscription;
    } catch (error) {
      await subscription.close();
      throw error;
    }
  }

  get isConsuming(): boolean {
    return this.#consumerTag !== undefined && !this.#isOver;
  }

  async consume(): Promise<void> {
    const { consumerTag } = await this.channel.consume(this.queue, (message) => {
      if (message === null) this.#lose('the broker cancelled the consumer');
      else this.listener.received(this, message);
    });
    this.#consumerTag = consumerTag;
  }

  /** Asks the broker, past this channel, whether queue and consumer are there and what has become of the messages. */
  async look(connection: ChannelModel): Promise<QueueState> {
    const gone = { isAlive: false, dropped: 0 };
    if (!this.isConsuming) return gone;
    const scratch = new ScratchChannel(connection);
    try {
      const { consumerCount } = await scratch.run((channel) => channel.checkQueue(this.queue));
      return { isAlive: consumerCount > 0, dropped: (await this.#drops?.take(scratch)) ?? 0 };
    } catch (error) {
      if (error instanceof Refusal) return gone;
      throw error;
    } finally {
      await scratch.close();
    }
  }

  /** Marks this message and all before it as done. The broker is told once for many, before it runs out of credit. */
  acknowledge(message: ConsumeMessage): void {
    this.#handled = message;
    if (++this.#unacknowledged >= this.options.prefetch / 4) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), ACKNOWLEDGE_WITHIN);
  }

  /** No further message comes once this has resolved. */
  async cancel(): Promise<void> {
    if (!this.isConsuming || this.#consumerTag === undefined) return;
    await settled(FAREWELL, this.channel.cancel(this.#consumerTag));
  }

  /** Takes queue and channel away, whatever is left of them. */
  async close(): Promise<void> {
    this.#flush();
    this.#isOver = true;
    // A queue whose consumer never came would otherwise stay, and fill, as long as the connection does.
    await settled(FAREWELL, this.#remove());
  }

  async #remove(): Promise<void> {
    await this.channel.deleteQueue(this.queue);
    await this.#drops?.remove(this.channel);
    await this.channel.close();
  }

  async #declare(connection: ChannelModel): Promise<void> {
    const { prefetch, queueLimit } = this.options;
    await this.channel.prefetch(prefetch);
    const scratch = new ScratchChannel(connection);
    try {
      if (queueLimit === 0) await this.#declareQueue(scratch, {});
      else await this.#declareBounded(scratch, { 'x-max-length-bytes': queueLimit });
    } finally {
      await scratch.close();
    }
  }

  /** A user who may not have drops counted has the queue all the same. */
  async #declareBounded(scratch: ScratchChannel, bound: QueueArguments): Promise<void> {
    try {
      const drops = await DropCounter.open(scratch, this.queue);
      this.#drops = drops;
      await this.#declareQueue(scratch, { ...bound, ...drops.arguments });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#drops = undefined;
      await this.#declareQueue(scratch, bound);
      this.listener.dropsUncounted(error.message);
    }
  }

  async #declareQueue(scratch: ScratchChannel, further: QueueArguments): Promise<void> {
    const options = { exclusive: true, autoDelete: true, durable: false };
    const type = { 'x-queue-type': 'classic' };
    await scratch.run((channel) => channel.assertQueue(this.queue, { ...options, arguments: { ...type, ...further } }));
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unacknowledged = 0;
    const message = this.#handled;
    this.#handled = undefined;
    if (message === undefined || this.#isOver) return;
    try {
      this.channel.ack(message, true);
    } catch {
      // The channel is closing, and its messages with it.
    }
  }

  #lose(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.listener.lost(this, reason);
  }
}
