import type { Channel, ChannelModel } from 'amqplib';
import { isBuiltIn, type ExchangeBinding } from './exchange-binding.js';
import { Refusal } from './fault.js';
import type { RabbitMqConfig } from './rabbitmq.config.js';
import { ScratchChannel, runApart } from './scratch-channel.js';

export interface ExchangesListener {
  exchangeRefused(exchange: string, reason: string): void;
  exchangeAccepted(exchange: string): void;
}

const NOT_FOUND = 404;
/** The exchange is there, with another type or other arguments. */
const PRECONDITION_FAILED = 406;

/** The exchanges of this node. One that the broker refuses does not stand in the way of the others. */
export class Exchanges {
  readonly #refused = new Map<ExchangeBinding, string>();

  constructor(
    private readonly config: RabbitMqConfig,
    private readonly listener: ExchangesListener,
  ) {}

  /** Which exchanges are refused and why, in one sentence; undefined when none is. */
  get refusal(): string | undefined {
    if (this.#refused.size === 0) return undefined;
    return [...this.#refused].map(([{ name }, reason]) => `exchange ${name}: ${reason}`).join('; ');
  }

  /**
   * Declares every exchange, unless that is off, and binds the queue to it. Doing so again changes nothing where all is well, and
   * mends what was lost when an exchange was deleted and made anew.
   *
   * @throws only when the connection or the queue is gone; what the broker refuses goes to the listener
   */
  async bind(connection: ChannelModel, queue: string): Promise<void> {
    const scratch = new ScratchChannel(connection);
    try {
      for (const binding of this.config.bindings) await this.#bindOne(scratch, binding, queue);
    } finally {
      await scratch.close();
    }
  }

  async #bindOne(scratch: ScratchChannel, binding: ExchangeBinding, queue: string): Promise<void> {
    try {
      await this.#ensure(scratch, binding);
      await scratch.run((channel) => channel.bindQueue(queue, binding.name, binding.routingKey));
    } catch (error) {
      if (!(error instanceof Refusal) || error.message.includes('no queue')) throw error;
      this.#refuse(binding, this.#reasonOf(error));
      return;
    }
    if (this.#refused.delete(binding)) this.listener.exchangeAccepted(binding.name);
  }

  #reasonOf({ code, message }: Refusal): string {
    const differs = code === PRECONDITION_FAILED && this.config.declare;
    return differs ? `${message}; HERMES_RABBITMQ_DECLARE=false takes it as it is` : message;
  }

  #refuse(binding: ExchangeBinding, reason: string): void {
    if (this.#refused.get(binding) === reason) return;
    this.#refused.set(binding, reason);
    this.listener.exchangeRefused(binding.name, reason);
  }

  async #ensure(scratch: ScratchChannel, binding: ExchangeBinding): Promise<void> {
    const declare = (channel: Channel): Promise<unknown> =>
      channel.assertExchange(binding.name, binding.type, { durable: binding.transient === undefined });
    const check = (channel: Channel): Promise<unknown> => channel.checkExchange(binding.name);

    // Whether it is there the binding will tell: to ask first needs a permission to configure, from RabbitMQ 4.3 on.
    if (!this.config.declare && !binding.transient) return;
    if (isBuiltIn(binding)) await scratch.run(declare);
    else if (!(await exists(scratch, check))) {
      // A type the broker does not know closes the connection, and with it would go the events of every other exchange.
      await runApart(this.config, declare);
    }
  }
}

async function exists(scratch: ScratchChannel, check: (channel: Channel) => Promise<unknown>): Promise<boolean> {
  try {
    await scratch.run(check);
    return true;
  } catch (error) {
    if (error instanceof Refusal && error.code === NOT_FOUND) return false;
    throw error;
  }
}
