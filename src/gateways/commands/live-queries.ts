import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DeliveryConfig } from '../../sessions/index.js';
import type { BackEndCall } from './back-end-call.js';
import type { Caller } from './caller.js';
import { canonicalJson } from './canonical-json.js';
import { LiveQuery, type Watch } from './live-query.js';
import { Push } from './push.js';

/** A query whose data changes faster than it can be asked for is answered with what there is; the rest is pushed. */
const MAX_RUNS = 3;

/** The queries that sessions of this node watch, by subscription id. */
@Injectable()
export class LiveQueries {
  readonly #queries = new Map<string, LiveQuery>();
  readonly #perSession: number;

  constructor({ maxSubscriptions }: DeliveryConfig) {
    this.#perSession = maxSubscriptions;
  }

  get all(): Iterable<LiveQuery> {
    return this.#queries.values();
  }

  find(id: string): LiveQuery | undefined {
    return this.#queries.get(id);
  }

  /** The one query about this part of the resource. */
  of(resource: string, where: unknown): LiveQuery {
    const id = createHash('md5').update(canonicalJson({ resource, where })).digest('hex');
    return this.#queries.get(id) ?? new LiveQuery(id, resource, where);
  }

  admits(caller: Caller, query: LiveQuery): boolean {
    return caller.watches.has(query.id) || caller.watches.size < this.#perSession;
  }

  /**
   * Runs the first query of a watch. What changes while it is under way may or may not be in its answer, and is pushed to
   * nobody who has none yet: so the query is run again.
   *
   * @returns the answer, and whether it is outdated nevertheless
   */
  async first<T>(query: LiveQuery, run: () => Promise<T>): Promise<{ readonly answer: T; readonly outdated: boolean }> {
    const pending = { outdated: false };
    this.#queries.set(query.id, query);
    query.pending.add(pending);
    try {
      for (let runs = 1; ; runs++) {
        pending.outdated = false;
        const answer = await run();
        if (!pending.outdated || runs === MAX_RUNS) return { answer, outdated: pending.outdated };
      }
    } finally {
      query.pending.delete(pending);
      this.#forget(query);
    }
  }

  watch(caller: Caller, query: LiveQuery, call: BackEndCall): void {
    this.unwatch(caller, query.id);
    const watch: Watch = { caller, query: this.#queries.get(query.id) ?? query, call };
    this.#queries.set(query.id, watch.query);
    watch.query.watches.add(watch);
    caller.watches.set(query.id, watch);
  }

  unwatch(caller: Caller, id: string): void {
    const watch = caller.watches.get(id);
    if (watch === undefined) return;
    caller.watches.delete(id);
    watch.query.watches.delete(watch);
    this.#forget(watch.query);
  }

  unwatchAll(caller: Caller): void {
    for (const id of caller.watches.keys()) this.unwatch(caller, id);
  }

  /** Tells all who watch; those for whom a reload is due, behind it. @returns how many are told */
  update(id: string, payload: string): number {
    const query = this.#queries.get(id);
    if (query === undefined) return 0;
    this.outdate(query);
    const told = query.current;
    if (told.length === 0) return 0;
    const push = new Push(id, 'update', payload);
    let held = false;
    for (const watch of told) {
      if (query.held?.holds(watch)) held = true;
      else push.to(watch.caller.session.subscriber);
    }
    if (held) query.held?.add(push);
    return told.length;
  }

  /** What is being asked just now may miss what has changed. */
  outdate(query: LiveQuery): void {
    for (const pending of query.pending) pending.outdated = true;
  }

  #forget(query: LiveQuery): void {
    if (query.forgotten && this.#queries.get(query.id) === query) this.#queries.delete(query.id);
  }
}
