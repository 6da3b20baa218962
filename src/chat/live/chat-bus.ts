import { isUtf8 } from 'node:buffer';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Delivery, EventBus, type HermesEvent } from '../../delivery/index.js';
import { DeliveryConfig } from '../../sessions/index.js';
import { positionOf, type ChatSignal, type SignalKind, type SignalOf } from '../model/index.js';
import { readSignal } from './signal-form.js';

/** The channel of the bus that carries signals, as internal events: no client can send or see one. */
const SIGNALS = 'hermes.chat';

/** Milliseconds between two lines about signals that cannot be read, and characters of what is wrong with one. */
const QUIET = 60_000;
const LONGEST_REASON = 200;

type Handlers = { [K in SignalKind]?: (signal: SignalOf<K>) => void };

/** Carries the signals of chat to every node, this one included, over the bus that all published events take. */
@Injectable()
export class ChatBus implements OnModuleInit {
  /** What became of signals, by fixed words used as metric labels. */
  readonly stats = { published: 0, lost: 0, heard: 0, unreadable: 0 };
  readonly #logger = new Logger(ChatBus.name);
  readonly #handlers: Handlers = {};
  #quietUntil = 0;

  constructor(
    private readonly bus: EventBus,
    private readonly delivery: Delivery,
    private readonly limits: DeliveryConfig,
  ) {}

  onModuleInit(): void {
    this.delivery.listen(SIGNALS, (event) => {
      if (event.audience.kind === 'internal') this.#hear(event);
      return undefined;
    });
  }

  /** Whether the bus works, as far as this node can tell. */
  get works(): boolean {
    return this.bus.trouble === undefined;
  }

  /** @throws when the kind has a handler already */
  on<K extends SignalKind>(kind: K, handler: (signal: SignalOf<K>) => void): void {
    if (this.#handlers[kind] !== undefined) throw new Error(`two handlers for the signal ${kind}`);
    this.#handlers[kind] = handler as Handlers[K];
  }

  /** Never throws. @returns false when the bus did not take it; whoever needs it must find out from the store */
  async publish(signals: readonly ChatSignal[]): Promise<boolean> {
    if (signals.length === 0) return true;
    const outcome = await this.bus.publish(signals.map((signal) => this.#eventOf(signal)));
    const taken = outcome.kind === 'published';
    this.stats[taken ? 'published' : 'lost'] += signals.length;
    // Those who are here need not wait for the sweep; should the bus have taken it after all, it is a double.
    if (!taken) for (const signal of signals) if (signal.kind === 'entries') this.#handle(signal);
    return taken;
  }

  #eventOf(signal: ChatSignal): HermesEvent {
    const payload = Buffer.from(JSON.stringify(signal));
    const tooLarge = payload.length > this.limits.maxEvent && signal.kind === 'entries';
    return {
      channel: SIGNALS,
      name: signal.kind,
      audience: { kind: 'internal' },
      retention: undefined,
      cacheKey: undefined,
      payload: tooLarge ? Buffer.from(JSON.stringify(headOf(signal))) : payload,
      receivedAt: performance.now(),
    };
  }

  #hear({ payload }: HermesEvent): void {
    const signal = read(payload);
    if (signal === undefined) return this.#unreadable('unknown', 'not of the form of a signal');
    this.stats.heard++;
    if (signal !== 'unknown') this.#handle(signal);
  }

  #handle(signal: ChatSignal): void {
    try {
      (this.#handlers[signal.kind] as ((signal: ChatSignal) => void) | undefined)?.(signal);
    } catch (error) {
      // Whatever it was about is in the log.
      this.#unreadable(signal.kind, String(error));
    }
  }

  /** Whoever may write to the bus can cause any number of these. */
  #unreadable(kind: SignalKind | 'unknown', reason: string): void {
    this.stats.unreadable++;
    if (performance.now() < this.#quietUntil) return;
    this.#quietUntil = performance.now() + QUIET;
    this.#logger.warn('chat.signal.unreadable', { kind, reason: reason.slice(0, LONGEST_REASON) });
  }
}

function headOf({ channelId, entries }: SignalOf<'entries'>): ChatSignal {
  const last = entries.at(-1);
  const position = last === undefined ? 0 : positionOf(last);
  return { kind: 'head', channelId, position };
}

/** Nodes of another version may say what this one has not heard of; whoever else may write to the bus may say anything. */
function read(payload: Buffer): ChatSignal | 'unknown' | undefined {
  return isUtf8(payload) ? readSignal(JSON.parse(payload.toString())) : undefined;
}
