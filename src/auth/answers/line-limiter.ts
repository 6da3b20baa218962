const INTERVAL = 1_000;
/** Keys that are told apart. Those beyond share one more, so that the lines are bounded whatever is sent. */
const MAX_KEYS = 64;
const OTHERS = '';

interface Entry {
  /** Milliseconds on the monotonic clock; no line of this key before. */
  readonly free: number;
  unlogged: number;
}

/** For log lines that strangers can cause: one a second for each key, such as an address. */
export class LineLimiter {
  /** In the order in which they become free. */
  readonly #entries = new Map<string, Entry>();

  /** @returns how many lines of this key were held back since the one before; undefined: hold this one back too */
  admit(key: string, now = performance.now()): number | undefined {
    const name = this.#placeOf(key, now);
    const entry = this.#entries.get(name);
    if (entry !== undefined && now < entry.free) {
      entry.unlogged++;
      return undefined;
    }
    this.#entries.delete(name);
    this.#entries.set(name, { free: now + INTERVAL, unlogged: 0 });
    return entry?.unlogged ?? 0;
  }

  #placeOf(key: string, now: number): string {
    if (this.#entries.has(key) || this.#entries.size < MAX_KEYS) return key;
    const [oldest] = this.#entries;
    if (oldest === undefined || now < oldest[1].free) return OTHERS;
    this.#entries.delete(oldest[0]);
    return key;
  }
}
