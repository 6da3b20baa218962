import type { BackEndCall } from './back-end-call.js';
import type { Caller } from './caller.js';
import type { HeldUpdates } from './held-updates.js';

/** One session's interest in a live query, and how its answer is had again. */
export interface Watch {
  readonly caller: Caller;
  readonly query: LiveQuery;
  readonly call: BackEndCall;
}

/** A query whose answer somebody wants to be told of when it changes: a resource, and which of it. */
export class LiveQuery {
  readonly watches = new Set<Watch>();
  /** Commands that have asked the back end and wait for the answer that will make them watches. */
  readonly pending = new Set<{ outdated: boolean }>();
  /** There while a reload is due. */
  held: HeldUpdates | undefined;

  constructor(
    readonly id: string,
    readonly resource: string,
    readonly where: unknown,
  ) {}

  get forgotten(): boolean {
    return this.watches.size === 0 && this.pending.size === 0;
  }

  /** The watches that may be told: not those of an identity that has ended. */
  get current(): readonly Watch[] {
    return [...this.watches].filter(({ caller }) => !caller.expired && caller.session.open);
  }
}

/** While the back end was asked, the session may have become another user's, or may have had enough. */
export function isStill(watch: Watch): boolean {
  const { caller, query } = watch;
  return !caller.expired && caller.watches.get(query.id) === watch;
}
