import type { ChatOutcome, ChatWrite } from '../model/index.js';
import { sizeOf } from './write-size.js';

/** Whoever wants something written, and is told what became of it. */
export interface Caller {
  readonly write: ChatWrite;
  readonly resolve: (outcome: ChatOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** A write that waits for its transaction. Marks of one user that wait together are one: the furthest. */
export class WaitingWrite {
  readonly bytes: number;
  readonly #callers: Caller[];
  #write: ChatWrite;

  constructor(caller: Caller) {
    this.#callers = [caller];
    this.#write = caller.write;
    this.bytes = sizeOf(caller.write);
  }

  get write(): ChatWrite {
    return this.#write;
  }

  get callers(): readonly Caller[] {
    return this.#callers;
  }

  /** One more mark with the same {@link markKey}. */
  merge(caller: Caller): void {
    this.#callers.push(caller);
    if (reach(caller.write) > reach(this.#write)) this.#write = caller.write;
  }
}

/** The same for marks that can be merged; undefined for what is no mark. */
export function markKey(write: ChatWrite): string | undefined {
  return write.kind === 'mark' ? JSON.stringify([write.by, write.channelId, write.mark]) : undefined;
}

function reach(write: ChatWrite): number {
  return write.kind === 'mark' ? write.position : 0;
}
