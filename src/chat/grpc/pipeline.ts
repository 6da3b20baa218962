/** How many may be under way at a time; beyond that none is begun until half of them are done. */
const MOST = 64;

/**
 * Work that is begun at once, in order, and finished in the same order: what comes out of one piece is dealt with behind
 * what came out of those before it. So the messages of a client that does not wait for each to be acknowledged share a
 * transaction instead of waiting for one each.
 */
export class Pipeline {
  #tail: Promise<void> = Promise.resolve();
  #underWay = 0;
  #wake: (() => void) | undefined;

  /**
   * @param work begun already
   * @param finish told what came of it, in order; must not throw
   * @returns undefined when more may be begun, else a promise of that
   */
  add<T>(work: Promise<T>, finish: (outcome: PromiseSettledResult<T>) => void): Promise<void> | undefined {
    this.#underWay++;
    const settled = Promise.allSettled([work]);
    this.#tail = this.#tail.then(async () => {
      const [outcome] = await settled;
      this.#underWay--;
      finish(outcome);
      if (this.#underWay <= MOST / 2) this.#wake?.();
    });
    if (this.#underWay < MOST) return undefined;
    return new Promise((resolve) => (this.#wake = resolve));
  }

  /** Resolves when all that was begun is finished. */
  drained(): Promise<void> {
    return this.#tail;
  }
}
