import { addresses } from './audience.js';
import type { RetainedEvent, RetainedEvents } from './retained-events.js';
import type { Subscriber } from './subscriber.js';
import { WILDCARD, type SubscriptionIndex } from './subscription-index.js';

/** How many retained events a session is remembered to have had after it ceased to match them; the newest. */
const MAX_SEEN = 4_096;

/** Milliseconds that it takes to look at a retained event, to bring it to a session, and for each byte of that. */
const LOOK = 0.0007;
const FRAME = 0.002;
const BYTE = 5e-6;

type Scope = (owner: string | undefined) => Iterable<RetainedEvent>;

/** What replays count. */
export interface ReplayStats {
  /** Frames put into an outbox because of an event, replays included. */
  delivered: number;
  /** Frames put into an outbox from the retained events. */
  replayed: number;
  /** Retained events left out of a replay because it would have filled the outbox. */
  replayTruncated: number;
}

/** Brings retained events to sessions, each of them once. */
export class Replays {
  /** Milliseconds of a core that replays have taken so far, as what they did commonly takes. */
  work = 0;

  /** @param bytes what one replay may put into an outbox */
  constructor(
    private readonly retained: RetainedEvents,
    private readonly index: SubscriptionIndex,
    private readonly stats: ReplayStats,
    private readonly bytes: number,
  ) {}

  /** Every retained event the session may see and asked for, seen or not. */
  all(subscriber: Subscriber): void {
    this.#send(
      subscriber,
      this.#matched(subscriber, (owner) => this.retained.under(WILDCARD, WILDCARD, owner)),
    );
  }

  /**
   * Changes what a session matches and replays the retained events it matches only now. What it matched before it has
   * been given, live or in a replay; of that, what it matches no more is marked as seen. So no change brings a session the
   * same event twice, as far back as it is remembered.
   *
   * @param scope where the change can make a difference
   */
  change(subscriber: Subscriber, scope: Scope, change: () => void): void {
    if (this.retained.size === 0) {
      change();
      return;
    }
    const before = new Set(this.#matched(subscriber, scope));
    change();
    const after = this.#matched(subscriber, scope);
    this.#send(
      subscriber,
      after.filter((entry) => !before.has(entry) && !subscriber.seen?.has(entry.sequence)),
    );
    for (const entry of after) before.delete(entry);
    this.#remember(subscriber, before);
  }

  /** Entries in scope that the session, as it stands, may see and asked for. */
  #matched(subscriber: Subscriber, scope: Scope): RetainedEvent[] {
    const { identity } = subscriber;
    const matched: RetainedEvent[] = [];
    const wanted = new Map<string, Map<string, boolean>>();
    for (const owner of identity === undefined ? [undefined] : [undefined, identity.userId]) {
      for (const entry of scope(owner)) {
        subscriber.looked++;
        this.work += LOOK;
        const { channel, name, audience } = entry.event;
        if (addresses(audience, identity) && this.#wants(subscriber, channel, name, wanted)) matched.push(entry);
      }
    }
    return matched;
  }

  /** @param known what was found out before: many entries share a name */
  #wants(subscriber: Subscriber, channel: string, name: string, known: Map<string, Map<string, boolean>>): boolean {
    let names = known.get(channel);
    if (names === undefined) known.set(channel, (names = new Map()));
    let wants = names.get(name);
    if (wants === undefined) names.set(name, (wants = subscriber.wants(this.index.matching(channel, name), name)));
    return wants;
  }

  #remember(subscriber: Subscriber, entries: ReadonlySet<RetainedEvent>): void {
    if (entries.size === 0) return;
    const seen = (subscriber.seen ??= new Set());
    for (const { sequence } of entries) seen.add(sequence);
    if (seen.size <= Math.min(2 * MAX_SEEN, 2 * this.retained.size)) return;
    const kept = [...seen].filter((sequence) => this.retained.has(sequence)).sort((a, b) => b - a);
    subscriber.seen = new Set(kept.slice(0, MAX_SEEN));
  }

  /**
   * A replay may fill half an outbox and no more: the newest events win, in the order in which they came. The very newest
   * goes however large it is, as it would have gone live.
   */
  #send(subscriber: Subscriber, entries: readonly RetainedEvent[]): void {
    const newestFirst = entries.toSorted((a, b) => b.sequence - a.sequence);
    const frames: Buffer[] = [];
    let room = this.bytes;
    for (const { event } of newestFirst) {
      const frame = subscriber.encoder.encode(event);
      room -= frame.length;
      if (room < 0 && frames.length > 0) break;
      frames.push(frame);
    }
    for (const frame of frames.toReversed()) {
      this.work += FRAME + frame.length * BYTE;
      subscriber.outbox.push(frame);
    }
    this.stats.replayed += frames.length;
    this.stats.delivered += frames.length;
    this.stats.replayTruncated += entries.length - frames.length;
  }
}
