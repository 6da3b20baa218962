import type { ChatOutcome, ChatRefusalCode, ChatWrite } from './model/index.js';

interface WriteCount {
  readonly kind: ChatWrite['kind'];
  readonly outcome: ChatOutcome['kind'];
  count: number;
}

/** What became of what users asked for, by fixed words used as metric labels. */
export class ChatCounts {
  readonly refusals = new Map<ChatRefusalCode, number>();
  readonly #writes = new Map<string, WriteCount>();

  get writes(): Iterable<Readonly<WriteCount>> {
    return this.#writes.values();
  }

  written(writes: readonly ChatWrite[], outcomes: readonly ChatOutcome[]): void {
    for (const [index, { kind }] of writes.entries()) {
      const outcome = outcomes[index]?.kind;
      if (outcome === undefined) continue;
      const key = `${kind} ${outcome}`;
      const found = this.#writes.get(key);
      if (found === undefined) this.#writes.set(key, { kind, outcome, count: 1 });
      else found.count++;
    }
  }

  refused(code: ChatRefusalCode): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }
}
