import { Logger } from '@nestjs/common';
import { ChatRefusal, ChatStoreUnavailable, type ChatOutcome, type ChatStore, type ChatWrite } from '../model/index.js';
import { markKey, WaitingWrite, type Caller } from './waiting-write.js';

export interface CommitLimits {
  /** Writes and their bytes in one transaction. */
  readonly batch: { readonly writes: number; readonly bytes: number };
  /** What may wait for its transaction. */
  readonly waiting: { readonly writes: number; readonly bytes: number };
}

/** Told what has been committed, in order, before anybody is told what became of his write. */
export type Committed = (writes: readonly ChatWrite[], outcomes: readonly ChatOutcome[]) => void;
/** Told of each transaction that was committed: how many writes, and how long it took in milliseconds. */
export type BatchListener = (writes: number, milliseconds: number) => void;

/**
 * Writes that come while a transaction is in flight go together into the next one: the more there are, the less each
 * costs, and one alone waits for nothing.
 *
 * There is one transaction at a time, so whatever concerns one channel is written in the order in which it came. Should
 * one not be enough, have several of these and choose by the channel, or by the two users of a private one.
 */
export class GroupCommit {
  /** Transactions, and writes by what became of them; by fixed words used as metric labels. */
  readonly stats = { committed: 0, failed: 0, merged: 0, overflowed: 0 };
  readonly #logger = new Logger(GroupCommit.name);
  #waiting: WaitingWrite[] = [];
  #bytes = 0;
  /** Marks that wait, by their key. */
  readonly #marks = new Map<string, WaitingWrite>();
  #running: Promise<void> | undefined;
  #failing = false;
  #stopped = false;
  #listener: BatchListener | undefined;

  constructor(
    private readonly store: ChatStore,
    private readonly limits: CommitLimits,
    private readonly committed: Committed,
  ) {}

  get waiting(): number {
    return this.#waiting.length;
  }

  onBatch(listener: BatchListener): void {
    this.#listener = listener;
  }

  /** @throws {ChatRefusal} RESOURCE_EXHAUSTED when too much waits, UNAVAILABLE when it may not have been written */
  write(write: ChatWrite): Promise<ChatOutcome> {
    return new Promise((resolve, reject) => this.#add({ write, resolve, reject }));
  }

  /** Takes nothing more. Resolves when all that waits has been written, or could not be. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  #add(caller: Caller): void {
    if (this.#stopped) {
      caller.reject(new ChatRefusal('UNAVAILABLE', 'Hermes is stopping: send it again'));
      return;
    }
    const key = markKey(caller.write);
    const mark = key === undefined ? undefined : this.#marks.get(key);
    if (mark !== undefined) {
      mark.merge(caller);
      this.stats.merged++;
      return;
    }
    this.#enqueue(new WaitingWrite(caller), key);
  }

  #enqueue(waiting: WaitingWrite, key: string | undefined): void {
    const { writes, bytes } = this.limits.waiting;
    if (this.#waiting.length >= writes || this.#bytes + waiting.bytes > bytes) {
      this.stats.overflowed++;
      const refusal = new ChatRefusal('RESOURCE_EXHAUSTED', 'too much waits to be written: send it again in a moment');
      for (const { reject } of waiting.callers) reject(refusal);
      return;
    }
    this.#waiting.push(waiting);
    this.#bytes += waiting.bytes;
    if (key !== undefined) this.#marks.set(key, waiting);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // What else comes in this turn goes into the first transaction, too.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#commit(this.#take());
    // In the same turn: whoever comes next starts it again.
    this.#running = undefined;
  }

  #take(): readonly WaitingWrite[] {
    const { writes, bytes } = this.limits.batch;
    let room = bytes;
    // The first always goes, however large it is.
    const end = this.#waiting.findIndex((waiting, index) => {
      room -= waiting.bytes;
      return index > 0 && (index >= writes || room < 0);
    });
    const batch = end < 0 ? this.#waiting : this.#waiting.slice(0, end);
    this.#waiting = end < 0 ? [] : this.#waiting.slice(end);
    for (const { write, bytes: taken } of batch) {
      this.#bytes -= taken;
      const key = markKey(write);
      if (key !== undefined) this.#marks.delete(key);
    }
    return batch;
  }

  async #commit(batch: readonly WaitingWrite[]): Promise<void> {
    const writes = batch.map(({ write }) => write);
    const began = performance.now();
    let outcomes: readonly ChatOutcome[];
    try {
      outcomes = await this.store.write(writes);
    } catch (error) {
      this.#failed(error, batch);
      return;
    }
    this.#failing = false;
    this.stats.committed++;
    this.#listener?.(writes.length, performance.now() - began);
    this.committed(writes, outcomes);
    for (const [index, waiting] of batch.entries()) this.#tell(waiting, outcomes[index]);
  }

  #tell(waiting: WaitingWrite, outcome: ChatOutcome | undefined): void {
    for (const caller of waiting.callers) {
      if (outcome === undefined) caller.reject(unavailable());
      // What is wrong with the furthest of some marks may be right with those before it.
      else if (outcome.kind === 'refused' && caller.write !== waiting.write) {
        this.#enqueue(new WaitingWrite(caller), undefined);
      } else caller.resolve(outcome);
    }
  }

  #failed(error: unknown, batch: readonly WaitingWrite[]): void {
    this.stats.failed++;
    for (const { callers } of batch) for (const { reject } of callers) reject(unavailable());
    if (this.#failing) return;
    this.#failing = true;
    const reason = error instanceof Error ? error.message : String(error);
    // What is not an outage is a fault of ours.
    if (error instanceof ChatStoreUnavailable) this.#logger.warn('chat.commit.failed', { reason });
    else this.#logger.error('chat.commit.failed', { reason });
  }
}

function unavailable(): ChatRefusal {
  return new ChatRefusal(
    'UNAVAILABLE',
    'the store did not answer, so it may not be done: send it again, with the same id',
  );
}
