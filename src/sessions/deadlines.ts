import type { Clock } from '../delivery/index.js';

/** Items that fall due at a time, kept in slots of `resolution` milliseconds so that one timer serves all of them. */
export class Deadlines<T> {
  readonly #slots = new Map<number, Set<T>>();
  readonly #slotOf = new Map<T, number>();
  #passed: number;

  constructor(
    private readonly clock: Clock,
    private readonly resolution: number,
  ) {
    this.#passed = this.#slotAt(clock.now());
  }

  get size(): number {
    return this.#slotOf.size;
  }

  /** Sets or moves the item's deadline; it falls due up to `resolution` milliseconds later, never earlier. */
  set(item: T, at: number): void {
    this.delete(item);
    const slot = Math.max(this.#slotAt(at), this.#passed) + 1;
    const items = this.#slots.get(slot);
    if (items === undefined) this.#slots.set(slot, new Set([item]));
    else items.add(item);
    this.#slotOf.set(item, slot);
  }

  delete(item: T): void {
    const slot = this.#slotOf.get(item);
    if (slot === undefined) return;
    this.#slotOf.delete(item);
    const items = this.#slots.get(slot);
    items?.delete(item);
    if (items?.size === 0) this.#slots.delete(slot);
  }

  /** Takes out and returns what has fallen due since the last call. */
  due(): T[] {
    const now = this.#slotAt(this.clock.now());
    const due: T[] = [];
    for (; this.#passed < now; this.#passed++) {
      for (const item of this.#slots.get(this.#passed + 1) ?? []) due.push(item);
    }
    for (const item of due) this.delete(item);
    return due;
  }

  #slotAt(time: number): number {
    return Math.floor(time / this.resolution);
  }
}
