/**
 * Passes items on in the order in which they came, one at a time, or holds them while it is closed.
 *
 * Passing an item on may open or close the valve: that takes effect between two items, never inside one.
 */
export class Valve<T> {
  #held: T[] = [];
  #isOpen = true;
  #isPassing = false;

  /**
   * @param bound how many items are held; past it the oldest go
   * @param dropped told of each that went
   */
  constructor(
    private readonly bound: number,
    private readonly pass: (item: T) => void,
    private readonly dropped: (item: T) => void,
  ) {}

  get held(): number {
    return this.#held.length;
  }

  push(item: T): void {
    this.#held.push(item);
    this.#drain();
    if (this.#held.length > this.bound) this.#drop();
  }

  open(): void {
    this.#isOpen = true;
    this.#drain();
  }

  close(): void {
    this.#isOpen = false;
  }

  /** Closes for good. @returns how many items it still held */
  discard(): number {
    this.close();
    const { length } = this.#held;
    this.#held = [];
    return length;
  }

  #drain(): void {
    if (this.#isPassing) return;
    this.#isPassing = true;
    try {
      while (this.#isOpen && this.#held.length > 0) this.pass(this.#held.shift() as T);
    } finally {
      this.#isPassing = false;
    }
  }

  #drop(): void {
    const oldest = this.#held.shift();
    if (oldest !== undefined) this.dropped(oldest);
  }
}
