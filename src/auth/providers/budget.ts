/** So many at once, and one more each time that passes. */
export class Budget {
  #left: number;
  #filledAt = -Infinity;

  constructor(private readonly rate: { readonly burst: number; readonly every: number }) {
    this.#left = rate.burst;
  }

  /** @param now milliseconds @returns whether one was left */
  spend(now: number): boolean {
    const { burst, every } = this.rate;
    this.#left = Math.min(burst, this.#left + (now - this.#filledAt) / every);
    this.#filledAt = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
