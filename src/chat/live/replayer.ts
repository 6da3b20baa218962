import { Injectable } from '@nestjs/common';
import { Delivery, type Subscriber } from '../../delivery/index.js';
import { ChatRefusal, ChatStore, contentOf, positionOf, type Entry, type Stretch } from '../model/index.js';
import { PAGE } from './catch-up.js';
import { ChatEvent } from './chat-event.js';
import type { MissedLog, Replay } from './local-channel.js';
import { LocalChannels } from './local-channels.js';
import { PatientReader } from './patient-reader.js';
import { Slots } from './slots.js';

/** Pages that are read at the same time; the others wait. */
const AT_ONCE = 16;
/** Entries of the first page; the next ones are as long as the client takes them. */
const FIRST_PAGE = 64;
/** Bytes that a replay leaves waiting for a client before it lets it read. */
const FILL = 64 * 1024;

/** Shows sessions what they missed, as fast as they read, until nothing is missing: then they are shown what comes. */
@Injectable()
export class Replayer {
  readonly stats = { entries: 0, pages: 0 };
  readonly #slots = new Slots(AT_ONCE);

  constructor(
    private readonly store: ChatStore,
    private readonly channels: LocalChannels,
    private readonly reader: PatientReader,
    private readonly delivery: Delivery,
  ) {
    // What stops it is the end of the session or of Hermes: there is nobody left to be told.
    channels.onMissed((subscriber, missed) => void this.replay(subscriber, [missed]).catch(() => undefined));
  }

  /**
   * One channel after the other. Resolves when the session is shown what comes in all of them, or has ended.
   *
   * @throws {ChatRefusal} UNAVAILABLE when Hermes stops before that
   */
  async replay(subscriber: Subscriber, missed: readonly MissedLog[]): Promise<void> {
    for (const log of missed) await this.#replay(subscriber, log);
    for (const log of missed) if (!isHere(subscriber, log)) this.channels.abandon(log.channel, subscriber);
  }

  async #replay(subscriber: Subscriber, log: MissedLog): Promise<void> {
    const { channel, replay } = log;
    let position = await this.#start(subscriber, log);
    let limit = FIRST_PAGE;
    while (isHere(subscriber, log) && position < (replay.until ?? channel.cursor)) {
      // Nothing is held in memory while the client reads: what it had no room for is read again.
      await new Promise<void>((resolve) => subscriber.outbox.whenEmpty(resolve));
      // What is below the cursor was there before the reading: what is not in the last page was not kept.
      const { cursor } = channel;
      const { items, more } = await this.#page(subscriber, log, position, limit);
      const shown = this.#show(subscriber, replay, items);
      const complete = shown === items.length;
      const last = items[shown - 1];
      if (last !== undefined) position = positionOf(last);
      if (complete && !more) position = Math.max(position, cursor);
      // What comes behind his removal is not for him, unless he is added again: then it is looked at again.
      position = Math.min(position, replay.until ?? Infinity);
      limit = complete ? Math.min(2 * limit, PAGE) : Math.max(shown, 1);
    }
    if (isHere(subscriber, log)) this.channels.settle(channel, subscriber, position);
  }

  /** A client cannot have seen more than there is, and would else be shown nothing until that is there. */
  async #start(subscriber: Subscriber, log: MissedLog): Promise<number> {
    const { channel, from, replay } = log;
    if (from <= channel.head) return from;
    const membership = await this.reader.read(
      () => this.store.membership(channel.id, replay.userId),
      () => isHere(subscriber, log),
    );
    // Who is no member any more is shown nothing beyond what he has seen.
    return membership === undefined ? from : Math.min(from, Math.max(membership.head, channel.head));
  }

  /** None when the session has ended. */
  async #page(subscriber: Subscriber, log: MissedLog, after: number, limit: number): Promise<Stretch<Entry>> {
    await this.#slots.take();
    try {
      const wanted = (): boolean => isHere(subscriber, log);
      const page = await this.reader.read(() => this.store.entries(log.channel.id, after, limit), wanted);
      if (page === undefined && wanted()) throw new ChatRefusal('UNAVAILABLE', 'Hermes is stopping: resume again');
      this.stats.pages++;
      return page ?? { items: [], more: false };
    } finally {
      this.#slots.give();
    }
  }

  /** @returns how many of these there was room for; the first there always is */
  #show(subscriber: Subscriber, replay: Replay, entries: readonly Entry[]): number {
    const { encoder, outbox } = subscriber;
    for (const [index, entry] of entries.entries()) {
      if (positionOf(entry) > (replay.until ?? Infinity)) continue;
      if (entry.kind !== 'membership' && !replay.reads) continue;
      const event = new ChatEvent(entry.kind, contentOf(entry));
      if (!subscriber.wants(this.delivery.index.matching(event.channel, event.name), event.name)) continue;
      const frame = encoder.encode(event);
      if (index > 0 && outbox.pendingBytes > 0 && outbox.pendingBytes + frame.length > FILL) return index;
      outbox.reply(frame);
      this.stats.entries++;
    }
    return entries.length;
  }
}

/** Whether the session is still the user's: one that has ended is nobody's. */
function isHere({ identity }: Subscriber, { replay }: MissedLog): boolean {
  return identity?.userId === replay.userId;
}
