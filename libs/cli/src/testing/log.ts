const PATIENCE = 5_000;

/** What has happened so far, and a way to wait for what is to happen next. */
export class Log<T> {
  readonly entries: T[] = [];
  readonly #watchers = new Set<() => void>();

  push(entry: T): void {
    this.entries.push(entry);
    for (const watcher of this.#watchers) watcher();
  }

  /**
   * The nth entry that matches, as soon as it is there.
   *
   * @throws after 5 s, with everything that happened instead
   */
  until(matches: (entry: T) => boolean, nth = 1): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.entries.filter(matches)[nth - 1];
        if (found === undefined) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`waited in vain; there was only ${JSON.stringify(this.entries)}`));
      }, PATIENCE);
      this.#watchers.add(look);
      look();
    });
  }
}
