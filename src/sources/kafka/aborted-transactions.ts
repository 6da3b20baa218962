import type { AbortedTransaction } from './fetch-answer.js';
import type { RecordBatch } from './record-batch.js';

/** Tells which batches of one answer belong to transactions that were aborted. Batches come in the order of the log. */
export class AbortedTransactions {
  readonly #waiting: AbortedTransaction[];
  readonly #open = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#waiting = aborted.toSorted((a, b) => Number(b.firstOffset - a.firstOffset));
  }

  /** An abort marker is the end of its producer's transaction; it is never asked twice about one batch. */
  covers({ nextOffset, producerId, isTransactional, isControl }: RecordBatch): boolean {
    for (let next = this.#waiting.at(-1); next !== undefined && next.firstOffset < nextOffset;) {
      this.#open.add(next.producerId);
      this.#waiting.pop();
      next = this.#waiting.at(-1);
    }
    if (!isTransactional) return false;
    return isControl ? this.#open.delete(producerId) : this.#open.has(producerId);
  }
}
