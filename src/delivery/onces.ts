import type { Clock } from './clock.js';

/** Ids that are remembered, the newest: some ten megabytes of them. */
const MOST = 100_000;
const WINDOW = 300_000;

/** Ids of events that are to come once, for a while: whoever is not answered publishes again, maybe through another node. */
export class Onces {
  /** Milliseconds for which an id is remembered. */
  window = WINDOW;
  /** When each may be forgotten; the first is the oldest. */
  readonly #seen = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.#seen.size;
  }

  /** Whether this id has not been seen within the window; it has been from now on. */
  isFirst(id: string): boolean {
    const now = this.clock.now();
    for (const [oldest, expiresAt] of this.#seen) {
      if (expiresAt > now && this.#seen.size < MOST) break;
      this.#seen.delete(oldest);
    }
    if (this.#seen.has(id)) return false;
    this.#seen.set(id, now + this.window);
    return true;
  }
}
