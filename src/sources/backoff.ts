const FIRST = 250;

/** Waits that double up to a bound; half of each is chance, so that many nodes do not come back in one wave. */
export class Backoff {
  #failures = 0;

  constructor(
    private readonly longest: number,
    private readonly random: () => number,
  ) {}

  /** @returns milliseconds until the next attempt */
  next(): number {
    const wait = Math.min(this.longest, FIRST * 2 ** Math.min(this.#failures++, 20));
    return wait / 2 + (wait / 2) * this.random();
  }

  reset(): void {
    this.#failures = 0;
  }
}
