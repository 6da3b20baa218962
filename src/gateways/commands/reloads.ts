import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { fingerprintOf, type BackEndCall } from './back-end-call.js';
import { BackEnds } from './back-ends.js';
import type { Caller } from './caller.js';
import { HeldUpdates, type HeldByNode } from './held-updates.js';
import { isStill, type LiveQuery, type Watch } from './live-query.js';
import { LiveQueries } from './live-queries.js';
import { Push } from './push.js';

/** Live queries that are asked again at the same time, and requests of one of them: room is left for clients' own. */
const QUERIES_AT_ONCE = 4;
const REQUESTS_AT_ONCE = 16;

/** Sessions that ask the same, and the token they had when that was found. */
interface Group {
  readonly call: BackEndCall;
  readonly token: Caller['token'];
  readonly watches: Watch[];
}

/**
 * Asks back ends again about live queries whose data has changed. A query waits here once, however often it has changed:
 * what is asked later is true of all earlier changes. What is published behind a reload waits until that is out.
 */
@Injectable()
export class Reloads implements OnApplicationShutdown {
  readonly #logger = new Logger(Reloads.name);
  readonly #waiting = new Set<LiveQuery>();
  readonly #running = new Set<LiveQuery>();
  readonly #heldByNode: HeldByNode = { bytes: 0 };

  constructor(
    private readonly live: LiveQueries,
    private readonly backEnds: BackEnds,
  ) {}

  onApplicationShutdown(): void {
    this.#waiting.clear();
  }

  /** @returns how many sessions will be told */
  request(id: string): number {
    const query = this.live.find(id);
    if (query === undefined) return 0;
    this.live.outdate(query);
    const { current } = query;
    if (current.length === 0) return 0;
    query.held ??= new HeldUpdates(this.#heldByNode, () => this.#overflow(query));
    query.held.mark();
    query.held.hold(current);
    this.#waiting.add(query);
    this.#startNext();
    return current.length;
  }

  #startNext(): void {
    for (const query of this.#waiting) {
      if (this.#running.size >= QUERIES_AT_ONCE) return;
      if (this.#running.has(query)) continue;
      this.#waiting.delete(query);
      this.#running.add(query);
      void this.#reload(query).finally(() => {
        this.#running.delete(query);
        this.#end(query);
        this.#startNext();
      });
    }
  }

  /** One request for all sessions that would send the same one with the same token. Never rejects. */
  async #reload(query: LiveQuery): Promise<void> {
    const { current } = query;
    query.held?.hold(current);
    const groups = groupsOf(current);
    const lane = async (): Promise<void> => {
      for (let group = groups.pop(); group !== undefined; group = groups.pop()) await this.#ask(query, group);
    };
    await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, lane));
  }

  async #ask(query: LiveQuery, { call, token, watches }: Group): Promise<void> {
    // While it waited for its turn, all of its sessions may have become somebody else's.
    if (!watches.some(isStill)) return;
    const push = await this.#answer(query, call, token);
    const due = this.#waiting.has(query);
    for (const watch of watches) {
      const { subscriber } = watch.caller.session;
      const updates = query.held?.release(watch, due) ?? [];
      if (!isStill(watch)) continue;
      push?.to(subscriber);
      for (const update of updates) update.to(subscriber);
    }
  }

  /** @returns undefined when there is none, which is logged */
  async #answer(query: LiveQuery, call: BackEndCall, token: Caller['token']): Promise<Push | undefined> {
    try {
      const answer = await this.backEnds.ask(call, { token });
      if (answer.kind === 'ok') return new Push(query.id, 'reload', answer.payload);
      this.#logger.warn('commands.reload.failed', { resource: query.resource, reason: answer.message });
    } catch (error) {
      this.#logger.error('commands.reload.crashed', {
        resource: query.resource,
        reason: error instanceof Error ? error.stack : String(error),
      });
    }
    return undefined;
  }

  #end(query: LiveQuery): void {
    if (this.#waiting.has(query)) query.held?.trim();
    else this.#letGo(query);
  }

  /** More than may wait is told at once, ahead of its reload. Another one comes after it, and brings what is newest. */
  #overflow(query: LiveQuery): void {
    this.#letGo(query);
    this.request(query.id);
  }

  #letGo(query: LiveQuery): void {
    const untold = query.held?.clear() ?? [];
    query.held = undefined;
    for (const [watch, updates] of untold) {
      if (isStill(watch)) for (const update of updates) update.to(watch.caller.session.subscriber);
    }
  }
}

/** By what they would ask, and with which token. */
function groupsOf(watches: readonly Watch[]): Group[] {
  const groups = new Map<string, Group>();
  for (const watch of watches) {
    const { call, caller } = watch;
    const { token } = caller;
    const fingerprint = fingerprintOf(call, token);
    const group = groups.get(fingerprint);
    if (group === undefined) groups.set(fingerprint, { call, token, watches: [watch] });
    else group.watches.push(watch);
  }
  return [...groups.values()];
}
