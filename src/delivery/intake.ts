import { isUtf8 } from 'node:buffer';
import type { Delivery } from './delivery.js';
import type { HermesEvent } from './event.js';
import { withoutBom } from './json.js';
import { Onces } from './onces.js';
import { ProducerChannels } from './producer-channels.js';

/** What became of the events of one source: `accepted`, `repeated`, or the reason why one was dropped. */
export type Fates = ReadonlyMap<string, number>;

/** Told of each event that was dropped, so that it can be logged. */
export type RejectionListener = (source: string, reason: string, detail: string) => void;

/** The one door through which every source hands its events to the core. */
export class EventIntake {
  /** What is to be delivered once, however often it comes. */
  readonly onces: Onces;
  /** Where those speak whose events sources bring. */
  readonly producers = new ProducerChannels();
  readonly #fates = new Map<string, Map<string, number>>();
  #rejected: RejectionListener | undefined;

  constructor(
    private readonly delivery: Delivery,
    private readonly maxPayloadBytes: number,
  ) {
    this.onces = new Onces(delivery.clock);
  }

  get fates(): ReadonlyMap<string, Fates> {
    return this.#fates;
  }

  onRejected(listener: RejectionListener): void {
    this.#rejected = listener;
  }

  /** Counts and reports a payload that is too large; a source need not hold it, nor read it. */
  refusesSize(source: string, bytes: number): boolean {
    if (bytes <= this.maxPayloadBytes) return false;
    this.reject(source, 'too_large', `${bytes} bytes, the limit is ${this.maxPayloadBytes}`);
    return true;
  }

  /**
   * Delivers the event, unless its payload would harm the clients it is for.
   *
   * @param byProducer a source brought it from somebody who is not of Hermes, and not by the bus
   */
  accept(source: string, event: HermesEvent, byProducer = false): void {
    if (this.refusesSize(source, event.payload.length)) return;
    if (!isJson(event.payload)) {
      this.reject(source, 'not_json', `channel ${event.channel}, event ${event.name}`);
    } else if (event.once !== undefined && !this.onces.isFirst(event.once)) {
      this.#count(source, 'repeated');
    } else {
      this.#count(source, 'accepted');
      if (byProducer) this.producers.hear(event.channel);
      const payload = withoutBom(event.payload);
      this.delivery.deliver(payload === event.payload ? event : { ...event, payload });
    }
  }

  /**
   * Counts and reports an event that a source could not make sense of.
   *
   * @param reason a word from a fixed set, used as a metric label
   * @param detail one sentence for the log; never the payload
   */
  reject(source: string, reason: string, detail: string): void {
    this.#count(source, reason);
    this.#rejected?.(source, reason, detail);
  }

  #count(source: string, fate: string): void {
    let fates = this.#fates.get(source);
    if (fates === undefined) this.#fates.set(source, (fates = new Map<string, number>()));
    fates.set(fate, (fates.get(fate) ?? 0) + 1);
  }
}

/** Bytes that are spliced into a text frame must be UTF-8 as well as JSON, or the client drops the connection. */
function isJson(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false;
  try {
    JSON.parse(withoutBom(bytes).toString());
    return true;
  } catch {
    return false;
  }
}
