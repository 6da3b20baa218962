import { Injectable } from '@nestjs/common';
import { ChatCounts } from './chat-counts.js';
import { GroupCommit, signalsOf, type BatchListener, type CommitLimits } from './commit/index.js';
import { ChatBus } from './live/index.js';
import { ChatStore, type ChatOutcome, type ChatWrite } from './model/index.js';

const LIMITS: CommitLimits = {
  batch: { writes: 512, bytes: 1024 ** 2 },
  waiting: { writes: 16_384, bytes: 64 * 1024 ** 2 },
};

/** What became of a write that was not refused. */
export type Done = Exclude<ChatOutcome, { readonly kind: 'refused' }>;

/** Has writes stored, and the nodes told of them. */
@Injectable()
export class ChatWriter {
  readonly counts = new ChatCounts();
  readonly #commit: GroupCommit;

  constructor(store: ChatStore, bus: ChatBus) {
    this.#commit = new GroupCommit(store, LIMITS, (writes, outcomes) => {
      this.counts.written(writes, outcomes);
      // Nobody waits for the bus: what it loses, every node finds in the log.
      void bus.publish(signalsOf(writes, outcomes));
    });
  }

  get stats(): Readonly<Record<string, number>> {
    return this.#commit.stats;
  }

  /** How many writes wait for their transaction. */
  get waiting(): number {
    return this.#commit.waiting;
  }

  onBatch(listener: BatchListener): void {
    this.#commit.onBatch(listener);
  }

  /** @throws {ChatRefusal} */
  async write(write: ChatWrite): Promise<Done> {
    const outcome = await this.#commit.write(write);
    if (outcome.kind === 'refused') throw outcome.refusal;
    return outcome;
  }

  stop(): Promise<void> {
    return this.#commit.stop();
  }
}
