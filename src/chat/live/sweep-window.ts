import type { ChatStore } from '../model/index.js';

/**
 * From when on a sweep has to look, by the clock of the store. What the bus lost while a user's memberships were being
 * read may be in neither the one nor the other, so the sweep after that looks back to when the reading began.
 */
export class SweepWindow {
  /** When the last sweep looked. */
  #since: number | undefined;
  /** The earliest moment that the next one must look back to. */
  #floor = Infinity;

  get begun(): boolean {
    return this.#since !== undefined;
  }

  /** When the last sweep looked; at first, now. */
  async begin(store: ChatStore): Promise<number> {
    if (this.#since === undefined) {
      const { now } = await store.grownSince(Date.now());
      this.#since ??= now;
    }
    return this.#since;
  }

  /** The next sweep looks back at least to there. */
  include(moment: number): void {
    if (moment < this.#floor) this.#floor = moment;
  }

  /** For a sweep that begins now; one that fails gives it back with {@link include}. */
  take(): number {
    const since = Math.min(this.#since ?? Infinity, this.#floor);
    this.#floor = Infinity;
    return since;
  }

  /** A sweep has looked at that moment. */
  advance(now: number): void {
    this.#since = now;
  }
}
