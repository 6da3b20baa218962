type Turn = (mine: boolean) => void;

/** Fewer slots than this may all be one client's. */
const FEW = 4;

/**
 * So many tasks at a time, and so many more that wait, shared by clients so that none of them is in the way of the others.
 *
 * A client gets a slot while it holds no more than so many times what is free. With 1, it has about half of them alone, and
 * each further client leaves about as many as it takes; with more it has more, and leaves some all the same. Those that wait have their turn client by client. When no more may wait, whoever has most waiting loses its
 * newest, so that a client that floods turns away itself.
 */
export class FairSlots {
  readonly #held = new Map<string, number>();
  /** By client, in the order of their turns. */
  readonly #waiting = new Map<string, Set<Turn>>();
  #free: number;
  #queued = 0;

  constructor(
    private readonly slots: number,
    private readonly queue: number,
    /** How many times what is free a client may hold. */
    private readonly share: (client: string) => number = () => 1,
  ) {
    this.#free = slots;
  }

  /**
   * @param client undefined for what is done for everybody: it may have every slot
   * @param gone ends the wait
   * @returns whether the slot is the caller's, who has to {@link leave} it then
   */
  enter(client: string | undefined, gone?: AbortSignal): Promise<boolean> {
    if (gone?.aborted) return Promise.resolve(false);
    const name = client ?? '';
    if (!this.#waiting.has(name) && this.#mayHave(name)) {
      this.#take(name);
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const turn: Turn = (mine) => {
        gone?.removeEventListener('abort', leave);
        resolve(mine);
      };
      const leave = (): void => {
        if (this.#forget(name, turn)) turn(false);
      };
      if (!this.#makeRoom(name)) return resolve(false);
      gone?.addEventListener('abort', leave, { once: true });
      this.#wait(name, turn);
    });
  }

  leave(client: string | undefined): void {
    const name = client ?? '';
    const held = (this.#held.get(name) ?? 0) - 1;
    if (held > 0) this.#held.set(name, held);
    else this.#held.delete(name);
    this.#free++;
    this.#callNext();
  }

  #callNext(): void {
    for (const [name, [turn]] of this.#waiting) {
      if (this.#free === 0) return;
      if (turn === undefined || !this.#mayHave(name)) continue;
      const turns = this.#waiting.get(name);
      this.#forget(name, turn);
      // Behind the others, for its next turn; the walk comes to it again.
      if (turns !== undefined && turns.size > 0) {
        this.#waiting.delete(name);
        this.#waiting.set(name, turns);
      }
      this.#take(name);
      turn(true);
    }
  }

  #mayHave(name: string): boolean {
    if (name === '') return this.#free > 0;
    const held = this.#held.get(name) ?? 0;
    // Where there are some to share, the last one is for somebody who has none.
    const most = this.#free === 1 && this.slots >= FEW ? 0 : this.#free * this.share(name);
    return this.#free > 0 && held <= most;
  }

  #take(name: string): void {
    this.#free--;
    this.#held.set(name, (this.#held.get(name) ?? 0) + 1);
  }

  #wait(name: string, turn: Turn): void {
    const turns = this.#waiting.get(name);
    if (turns === undefined) this.#waiting.set(name, new Set([turn]));
    else turns.add(turn);
    this.#queued++;
  }

  #forget(name: string, turn: Turn): boolean {
    const turns = this.#waiting.get(name);
    if (turns?.delete(turn) !== true) return false;
    if (turns.size === 0) this.#waiting.delete(name);
    this.#queued--;
    return true;
  }

  /** @returns whether one more of this client may wait */
  #makeRoom(name: string): boolean {
    if (this.#queued < this.queue) return true;
    let [most, longest] = [name, (this.#waiting.get(name)?.size ?? 0) + 1];
    for (const [other, { size }] of this.#waiting) if (size > longest) [most, longest] = [other, size];
    const newest = most === name ? undefined : [...(this.#waiting.get(most) ?? [])].at(-1);
    if (newest === undefined || !this.#forget(most, newest)) return false;
    newest(false);
    return true;
  }
}
