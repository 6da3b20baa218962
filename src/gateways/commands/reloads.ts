import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { fingerprintOf, type BackEndCall } from './back-end-call.js';
import { BackEnds } from './back-ends.js';
import type { Caller } from './caller.js';
import type { LiveQuery, Watch } from './live-query.js';
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
 * what is asked later is true of all earlier changes.
 */
@Injectable()
export class Reloads implements OnApplicationShutdown {
  readonly #logger = new Logger(Reloads.name);
  readonly #waiting = new Set<LiveQuery>();
  readonly #running = new Set<LiveQuery>();

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
    const { length } = query.current;
    if (length === 0) return 0;
    this.#waiting.add(query);
    this.#startNext();
    return length;
  }

  #startNext(): void {
    for (const query of this.#waiting) {
      if (this.#running.size >= QUERIES_AT_ONCE) return;
      if (this.#running.has(query)) continue;
      this.#waiting.delete(query);
      this.#running.add(query);
      void this.#reload(query).finally(() => {
        this.#running.delete(query);
        this.#startNext();
      });
    }
  }

  /** One request for all sessions that would send the same one with the same token. Never rejects. */
  async #reload(query: LiveQuery): Promise<void> {
    const groups = groupsOf(query.current);
    const lane = async (): Promise<void> => {
      for (let group = groups.pop(); group !== undefined; group = groups.pop()) await this.#ask(query, group);
    };
    await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, lane));
  }

  async #ask(query: LiveQuery, { call, token, watches }: Group): Promise<void> {
    // While it waited for its turn, all of its sessions may have become somebody else's.
    if (!watches.some(isStill)) return;
    try {
      const answer = await this.backEnds.ask(call, { token });
      if (answer.kind === 'failed') {
        this.#logger.warn('commands.reload.failed', { resource: query.resource, reason: answer.message });
        return;
      }
      const push = new Push(query.id, 'reload', answer.payload);
      for (const watch of watches) if (isStill(watch)) push.to(watch.caller.session.subscriber);
    } catch (error) {
      this.#logger.error('commands.reload.crashed', {
        resource: query.resource,
        reason: error instanceof Error ? error.stack : String(error),
      });
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

/** While the back end was asked, the session may have become another user's, or may have had enough. */
function isStill(watch: Watch): boolean {
  const { caller, query } = watch;
  return !caller.expired && caller.watches.get(query.id) === watch;
}
