import type { Watch } from './live-query.js';
import type { Push } from './push.js';

/** Of one query, and in bytes of all queries of a node. */
const MAX_UPDATES = 256;
const MAX_BYTES = 256 * 1024;
const MAX_NODE_BYTES = 32 * 1024 ** 2;

/** What all queries of a node hold together. */
export interface HeldByNode {
  bytes: number;
}

/**
 * The updates of one query that were published behind a reload which is not out yet. Each session is told them when it has
 * had its reload, so that it ends with what was published last.
 */
export class HeldUpdates {
  readonly #updates: Push[] = [];
  /** From which update on a watch has not been told; all others are told at once. */
  readonly #from = new Map<Watch, number>();
  /** How many updates are older than the newest reload that was requested. */
  #mark = 0;
  #bytes = 0;

  /** @param onFull called, with the update already held, when no more may be */
  constructor(
    private readonly node: HeldByNode,
    private readonly onFull: () => void,
  ) {}

  /** A reload is due for these. */
  hold(watches: Iterable<Watch>): void {
    for (const watch of watches) if (!this.#from.has(watch)) this.#from.set(watch, this.#updates.length);
  }

  /** A reload was requested: what has come so far is older than it. */
  mark(): void {
    this.#mark = this.#updates.length;
  }

  holds(watch: Watch): boolean {
    return this.#from.has(watch);
  }

  add(update: Push): void {
    this.#updates.push(update);
    this.#count(update.bytes);
    const full = this.#updates.length >= MAX_UPDATES || this.#bytes > MAX_BYTES || this.node.bytes > MAX_NODE_BYTES;
    if (full) this.onFull();
  }

  /**
   * The reload of this watch is out.
   *
   * @param due whether another one is: what was published behind that one stays
   * @returns what it may be told now
   */
  release(watch: Watch, due: boolean): readonly Push[] {
    const from = this.#from.get(watch);
    if (from === undefined) return [];
    if (!due) {
      this.#from.delete(watch);
      return this.#updates.slice(from);
    }
    this.#from.set(watch, Math.max(from, this.#mark));
    return this.#updates.slice(from, this.#mark);
  }

  /** All have had their reload: forgets what is older than the next one. */
  trim(): void {
    for (const [watch, from] of this.#from) {
      // Those that are further back have left.
      if (from < this.#mark) this.#from.delete(watch);
      else this.#from.set(watch, from - this.#mark);
    }
    for (const { bytes } of this.#updates.splice(0, this.#mark)) this.#count(-bytes);
    this.#mark = 0;
  }

  /** Ends it. @returns what each watch has not been told */
  clear(): ReadonlyMap<Watch, readonly Push[]> {
    const untold = new Map([...this.#from].map(([watch, from]) => [watch, this.#updates.slice(from)] as const));
    this.#from.clear();
    this.#count(-this.#bytes);
    this.#updates.length = 0;
    return untold;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.node.bytes += bytes;
  }
}
