interface Held<T> {
  readonly item: T;
  readonly bytes: number;
}

/** What one held item takes beside its payload. */
const OVERHEAD = 512;
/** Items that are passed on in one turn of the event loop, once the hold opens. */
const SLICE = 500;

/**
 * Passes items on in the order in which they came, one at a time, or holds them while it is closed.
 *
 * Passing an item on may open or close the hold: that takes effect between two items, never inside one.
 */
export class Hold<T> {
  #held: Held<T>[] = [];
  /** Where the oldest of them is: taking it off the front would move all others. */
  #oldest = 0;
  #bytes = 0;
  #isOpen = true;
  #isPassing = false;
  #opened: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  /**
   * @param bound bytes that are held; past it the oldest go
   * @param pass must not throw
   * @param dropped told of each that went
   */
  constructor(
    private readonly bound: number,
    private readonly pass: (item: T) => void,
    private readonly dropped: (item: T) => void,
  ) {}

  get held(): number {
    return this.#held.length - this.#oldest;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  push(item: T, payloadBytes: number): void {
    if (this.#isOpen && !this.#isPassing && this.held === 0) {
      this.#isPassing = true;
      this.pass(item);
      this.#isPassing = false;
      return this.#drain();
    }
    const bytes = payloadBytes + OVERHEAD;
    this.#held.push({ item, bytes });
    this.#bytes += bytes;
    while (this.#bytes > this.bound) {
      this.dropped(this.#take());
    }
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#opened?.resolve();
    this.#opened = undefined;
    this.#drain();
  }

  close(): void {
    this.#isOpen = false;
  }

  /** Resolves when the hold is open, for those who would rather not fetch than have something held. */
  opened(): Promise<void> {
    if (this.#isOpen) return Promise.resolve();
    if (this.#opened === undefined) {
      let resolve = (): void => undefined;
      const promise = new Promise<void>((open) => (resolve = open));
      this.#opened = { promise, resolve };
    }
    return this.#opened.promise;
  }

  /** Closes for good. @returns how many items it still held */
  discard(): number {
    this.close();
    const { held } = this;
    this.#held = [];
    this.#oldest = 0;
    this.#bytes = 0;
    return held;
  }

  #drain(): void {
    if (this.#isPassing) return;
    this.#isPassing = true;
    for (let count = 0; count < SLICE && this.#isOpen && this.held > 0; count++) this.pass(this.#take());
    this.#isPassing = false;
    if (this.#isOpen && this.held > 0) setImmediate(() => this.#drain());
  }

  #take(): T {
    const { item, bytes } = this.#held[this.#oldest++] as Held<T>;
    this.#bytes -= bytes;
    if (this.#oldest * 2 > this.#held.length) {
      this.#held = this.#held.slice(this.#oldest);
      this.#oldest = 0;
    }
    return item;
  }
}
