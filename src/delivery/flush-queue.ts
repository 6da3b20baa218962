import { Batch } from './batch.js';
import type { Clock } from './clock.js';
import type { Outbox } from './outbox.js';
import type { Pressure } from './pressure.js';
import type { Schedule } from './schedule.js';

/** Outboxes written before the event loop gets a turn for pings, accepts and new events. */
const SLICE = 512;

/** Milliseconds without taking a byte after which a reader is one that does not read, unless an operator has more patience. */
const DEAF = 100;
/** Of the time after which a stalled reader is given up in any case. */
const SHARE = 20;
/** Milliseconds between two looks for such readers: they cost a look at all that wait. */
const RELIEF_PAUSE = 50;

export interface FlushStats {
  /** Writes handed to sockets. */
  writes: number;
  /** Events dropped from the outboxes of slow readers under the policy `drop`. */
  droppedOldest: number;
}

/** Told how long an event took from its source to the last socket, in milliseconds. */
export type SettledListener = (milliseconds: number) => void;

/**
 * The outboxes with something to send. All events that arrive in one turn of the event loop leave in one write a
 * session; when the loop is idle that turn ends at once, so waiting for company costs nothing.
 */
export class FlushQueue {
  readonly stats: FlushStats = { writes: 0, droppedOldest: 0 };
  readonly #blocked = new Set<Outbox>();
  #start = Batch.empty();
  #outboxes: Outbox[] = [];
  /** Outboxes ever queued and ever flushed: an event is settled when the second passes what the first was for it. */
  #queued = 0;
  #flushed = 0;
  #unsettled: { receivedAt: number; after: number }[] = [];
  #scheduled = false;
  #relievedAt = -Infinity;
  #patience = DEAF;
  #settled: SettledListener | undefined;

  constructor(
    private readonly schedule: Schedule,
    private readonly clock: Clock,
    readonly pressure: Pressure,
  ) {
    pressure.onTooMuch(() => this.#relieve());
  }

  /** The list that every flowing outbox starts from, so that equal ones find each other. */
  get start(): Batch {
    return this.#start;
  }

  /** How many outboxes wait for their socket. */
  get blocked(): number {
    return this.#blocked.size;
  }

  onSettled(listener: SettledListener): void {
    this.#settled = listener;
  }

  add(outbox: Outbox): void {
    this.#outboxes.push(outbox);
    this.#queued++;
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.schedule(this.#turn);
  }

  /** Starts the watch of an event whose frames are all in their outboxes; one that only slow readers get has none. */
  watch(receivedAt: number): void {
    if (this.#settled && this.#queued > this.#flushed) this.#unsettled.push({ receivedAt, after: this.#queued });
  }

  block(outbox: Outbox, bytes: number): number {
    this.#blocked.add(outbox);
    this.pressure.add(bytes);
    return this.clock.now();
  }

  unblock(outbox: Outbox, bytes: number): void {
    this.#blocked.delete(outbox);
    this.pressure.release(bytes);
  }

  /** While sources are paused nothing new can push a stuck reader over its bound, so time has to. */
  giveUpStalled(milliseconds: number): void {
    this.#patience = Math.max(DEAF, milliseconds / SHARE);
    if (!this.pressure.high) return;
    this.#relieve();
    const before = this.clock.now() - milliseconds;
    for (const outbox of this.#blocked) if ((outbox.blockedAt ?? before) < before) outbox.giveUp();
  }

  /** Before everybody has to wait for them: readers that take nothing are given up, those with most waiting first. */
  #relieve(): void {
    const now = this.clock.now();
    if (now - this.#relievedAt < RELIEF_PAUSE) return;
    this.#relievedAt = now;
    const deaf = [...this.#blocked].filter((outbox) => outbox.isDeaf(now - this.#patience));
    for (const outbox of deaf.toSorted((a, b) => b.pendingBytes - a.pendingBytes)) {
      if (this.pressure.low) return;
      outbox.giveUp();
    }
  }

  readonly #turn = (): void => {
    const slice = this.#outboxes.length > SLICE ? this.#outboxes.splice(0, SLICE) : this.#outboxes;
    if (slice === this.#outboxes) this.#outboxes = [];
    for (const outbox of slice) outbox.flush();
    this.#flushed += slice.length;
    this.#settle();
    this.#scheduled = this.#outboxes.length > 0;
    if (this.#scheduled) this.schedule(this.#turn);
    else this.#start = Batch.empty();
  };

  #settle(): void {
    if (this.#unsettled.length === 0) return;
    const now = this.clock.now();
    const open = this.#unsettled.findIndex(({ after }) => after > this.#flushed);
    const settled = open === -1 ? this.#unsettled : this.#unsettled.splice(0, open);
    if (open === -1) this.#unsettled = [];
    for (const { receivedAt } of settled) this.#settled?.(now - receivedAt);
  }
}
