import type { Presence } from '@hermes/protocol';
import type { Clock } from '../../delivery/index.js';

/** Users who may be waited for at a time, and whose last visit is remembered. */
const MOST = 100_000;

/** Somebody who has not come back, and how long ago his last session ended, in milliseconds. */
export interface Departure {
  readonly userId: string;
  readonly ago: number;
}

/**
 * Who is on this node. A user whose last session has ended stays for a grace, so that a client that reconnects is not
 * seen to go and come.
 */
export class Roster {
  readonly #here = new Set<string>();
  /** When those who are waited for left, by the clock; the order of leaving is the order of falling due. */
  readonly #leaving = new Map<string, number>();
  /** When those who have gone left, in milliseconds since 1970; the longest gone first. */
  readonly #gone = new Map<string, number>();

  /** @param grace milliseconds */
  constructor(
    private readonly clock: Clock,
    private readonly calendar: Clock,
    private readonly grace: number,
  ) {}

  /** Everybody who is here or waited for; it may be walked through while it changes. */
  get users(): Iterable<string> {
    return this.#here;
  }

  get size(): number {
    return this.#here.size;
  }

  has(userId: string): boolean {
    return this.#here.has(userId);
  }

  /** @returns whether he is new here; false when he was only waited for */
  arrived(userId: string): boolean {
    this.#leaving.delete(userId);
    if (this.#here.has(userId)) return false;
    this.#here.add(userId);
    this.#gone.delete(userId);
    return true;
  }

  left(userId: string): void {
    this.#leaving.delete(userId);
    this.#leaving.set(userId, this.clock.now());
  }

  /** Takes out those who were waited for in vain. */
  departed(): readonly Departure[] {
    const departures: Departure[] = [];
    const now = this.clock.now();
    for (const [userId, leftAt] of this.#leaving) {
      const ago = now - leftAt;
      if (ago < this.grace && this.#leaving.size <= MOST) break;
      departures.push({ userId, ago });
      this.#remove(userId, ago);
    }
    return departures;
  }

  /** As far as this node knows. */
  of(userId: string): Presence {
    const online = this.#here.has(userId);
    return { userId, online, lastSeen: online ? 0 : (this.#gone.get(userId) ?? 0) };
  }

  #remove(userId: string, ago: number): void {
    this.#leaving.delete(userId);
    this.#here.delete(userId);
    this.#gone.set(userId, Math.round(this.calendar.now() - ago));
    if (this.#gone.size <= MOST) return;
    const [oldest] = this.#gone.keys();
    if (oldest !== undefined) this.#gone.delete(oldest);
  }
}
