/** What waits to be done about users: the latest for each, in the order in which it came, up to a bound. */
export class WaitingUsers<T extends { readonly userId: string }> {
  readonly #waiting = new Map<string, T>();

  constructor(private readonly limit: number) {}

  get size(): number {
    return this.#waiting.size;
  }

  /** How many more are taken. */
  get room(): number {
    return this.limit - this.#waiting.size;
  }

  has(userId: string): boolean {
    return this.#waiting.has(userId);
  }

  /** Takes the place of what waited for the same user. @returns false when there is no room, and nothing was taken */
  add(item: T): boolean {
    if (!this.#waiting.delete(item.userId) && this.room <= 0) return false;
    this.#waiting.set(item.userId, item);
    return true;
  }

  /** Takes the first ones out. */
  take(count: number): T[] {
    const taken: T[] = [];
    for (const item of this.#waiting.values()) {
      if (taken.length === count) break;
      taken.push(item);
    }
    for (const { userId } of taken) this.#waiting.delete(userId);
    return taken;
  }

  /** What was taken and not done waits again, unless there is something newer about the user. @returns how many had no room */
  restore(items: readonly T[]): number {
    return items.filter((item) => !this.has(item.userId) && !this.add(item)).length;
  }

  clear(): void {
    this.#waiting.clear();
  }
}
