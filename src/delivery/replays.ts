import { addresses } from './audience.js';
import type { RetainedEvent, RetainedEvents } from './retained-events.js';
import type { Subscriber } from './subscriber.js';
import { WILDCARD, type SubscriptionIndex } from './subscription-index.js';

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
  /** @param bytes what one replay may put into an outbox */
  constructor(
    private readonly retained: RetainedEvents,
    private readonly index: SubscriptionIndex,
    private readonly stats: ReplayStats,
    private readonly bytes: number,
  ) {}

  /** Every retained event the session may see and asked for, seen or not. */
  all(subscriber: Subscriber): void {
    const entries = this.#ownedBy(subscriber, (owner) => this.retained.under(WILDCARD, WILDCARD, owner));
    this.#send(subscriber, entries);
  }

  /**
   * Changes what a session matches and replays the retained events it matches only now. What it matched before it has
   * been given, live or in a replay, and is marked as seen: no change ever brings a session the same event twice.
   */
  change(
    subscriber: Subscriber,
    scope: (owner: string | undefined) => Iterable<RetainedEvent>,
    change: () => void,
  ): void {
    if (this.retained.size === 0) {
      change();
      return;
    }
    this.#see(subscriber, this.#ownedBy(subscriber, scope));
    change();
    const unseen = this.#ownedBy(subscriber, scope).filter(({ sequence }) => !subscriber.seen?.has(sequence));
    this.#send(subscriber, unseen);
  }

  /** Entries in scope that the session, as it stands, may see and asked for. */
  #ownedBy(
    subscriber: Subscriber,
    scope: (owner: string | undefined) => Iterable<RetainedEvent>,
  ): readonly RetainedEvent[] {
    const { identity } = subscriber;
    const entries = identity === undefined ? [...scope(undefined)] : [...scope(undefined), ...scope(identity.userId)];
    return entries.filter(
      ({ event }) =>
        addresses(event.audience, identity) &&
        subscriber.wants(this.index.matching(event.channel, event.name), event.name),
    );
  }

  #see(subscriber: Subscriber, entries: readonly RetainedEvent[]): void {
    if (entries.length === 0) return;
    const seen = (subscriber.seen ??= new Set());
    for (const { sequence } of entries) seen.add(sequence);
    if (seen.size <= 2 * this.retained.size) return;
    for (const sequence of seen) if (!this.retained.has(sequence)) seen.delete(sequence);
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
    for (const frame of frames.toReversed()) subscriber.outbox.push(frame);
    this.stats.replayed += frames.length;
    this.stats.delivered += frames.length;
    this.stats.replayTruncated += entries.length - frames.length;
  }
}
