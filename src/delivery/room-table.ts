import { blurred, maskOf, type Room } from './room.js';

/**
 * Items under rooms of one key set, some of whose values may be wildcards. Those that cover a given room are found with
 * one look-up for each distinct wildcard mask in use, however many rooms there are.
 */
export class RoomTable<T> {
  readonly #items = new Map<string, Set<T>>();
  /** How many of the rooms have this mask. */
  readonly #masks = new Map<string, number>();

  get empty(): boolean {
    return this.#items.size === 0;
  }

  add(room: Room, item: T): void {
    const items = this.#items.get(room.text);
    if (items !== undefined) {
      items.add(item);
      return;
    }
    this.#items.set(room.text, new Set([item]));
    const mask = maskOf(room);
    this.#masks.set(mask, (this.#masks.get(mask) ?? 0) + 1);
  }

  delete(room: Room, item: T): void {
    const items = this.#items.get(room.text);
    if (!items?.delete(item) || items.size > 0) return;
    this.#items.delete(room.text);
    const mask = maskOf(room);
    const left = (this.#masks.get(mask) ?? 0) - 1;
    if (left > 0) this.#masks.set(mask, left);
    else this.#masks.delete(mask);
  }

  /** What is under rooms that are equal to this one wherever they have no wildcard. */
  covering(room: Room): T[] {
    const found: T[] = [];
    for (const mask of this.#masks.keys()) {
      const items = this.#items.get(blurred(room, mask).text);
      if (items !== undefined) for (const item of items) found.push(item);
    }
    return found;
  }
}
