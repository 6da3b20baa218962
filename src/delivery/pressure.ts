import type { Schedule } from './schedule.js';

/** Told when the node has more bytes waiting than it should, and when that is over. */
export interface PressureListener {
  pressureRose(): void;
  pressureFell(): void;
}

/** Bytes that wait for slow readers on this node; past the bound the sources pause until half of it is free. */
export class Pressure {
  #bytes = 0;
  #high = false;
  /** Whether the last that listeners were told is that the pressure rose. */
  #told = false;
  readonly #listeners: PressureListener[] = [];
  #relieve: (() => void) | undefined;

  constructor(
    private readonly bound: number,
    private readonly schedule: Schedule,
  ) {}

  get bytes(): number {
    return this.#bytes;
  }

  get high(): boolean {
    return this.#high;
  }

  /** Whether half of the bound is free. */
  get low(): boolean {
    return this.#bytes <= this.bound / 2;
  }

  /** @param relieve tried when there is too much, before anybody is told so */
  onTooMuch(relieve: () => void): void {
    this.#relieve = relieve;
  }

  listen(listener: PressureListener): void {
    this.#listeners.push(listener);
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#high || this.#bytes <= this.bound) return;
    this.#relieve?.();
    if (this.#bytes <= this.bound) return;
    this.#high = true;
    if (this.#told) return;
    this.#told = true;
    for (const listener of this.#listeners) listener.pressureRose();
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
    if (!this.#high || this.#bytes > this.bound / 2) return;
    this.#high = false;
    this.schedule(this.#tellFall);
  }

  /** In a turn of its own: a source that goes on at once must not do so in the middle of a delivery. */
  readonly #tellFall = (): void => {
    if (this.#high || !this.#told) return;
    this.#told = false;
    for (const listener of this.#listeners) listener.pressureFell();
  };
}
