import { randomUUID } from 'node:crypto';
import type { Presence } from '@hermes/protocol';
import { RedisUnavailable, type RedisConnection } from '../../stores/index.js';
import { COME, GO, JOIN, LEAVE, REAP, RENEW, WHERE } from './presence-scripts.js';
import { PresenceStore, type PresenceChange, type Turn } from './presence-store.js';

/** How long Redis keeps what nobody renews, such as when a user was seen last. */
const STAY = 30 * 24 * 3_600_000;
/** Users in one script. */
const BATCH = 500;

export interface LeaseTimes {
  /** Milliseconds that a node is believed to be alive after it has said so. */
  readonly lease: number;
  /** Milliseconds from one time it says so to the next. */
  readonly renewal: number;
}

interface DeadNode {
  readonly node: string;
  /** End of its lease, as Redis writes it. */
  readonly end: string;
}

type Reply = readonly (string | number)[];

/**
 * Presence that all nodes share, in Redis. Each life of a node has an id of its own: a node whose lease has run out begins
 * a new life, and what the old one has left behind is reaped as that of any other dead node.
 */
export class RedisPresence extends PresenceStore {
  /** Of this life; undefined before the first and between two. */
  #node: string | undefined;
  /** Whether Redis has said so since the connection came about. */
  #isAlive = false;
  /** How often in a row the lease was renewed. */
  #renewals = 0;
  #dead: DeadNode[] = [];
  /** How many users Redis has for this life; undefined while that is not known. */
  #size: number | undefined;
  #applying = 0;

  /** @param prefix of all keys */
  constructor(
    private readonly connection: RedisConnection,
    private readonly times: LeaseTimes,
    private readonly prefix = 'hermes:presence',
  ) {
    super();
  }

  get isAway(): boolean {
    return !this.connection.isConnected;
  }

  get works(): boolean {
    return this.#isAlive && !this.isAway;
  }

  whenBack(watcher: () => void): void {
    this.connection.whenConnected(() => {
      this.#isAlive = false;
      this.#lostSight();
      watcher();
    });
  }

  async tend(): Promise<{ anew: boolean }> {
    const known = this.#node;
    const dead = await this.#renew().catch((error: unknown) => {
      this.#lostSight();
      throw error;
    });
    if (dead !== undefined && this.#node === known) {
      // While Redis was away nobody could renew. Who has just come back gives the others time to do so too.
      this.#isAlive = true;
      const isSteady = ++this.#renewals >= this.times.lease / this.times.renewal;
      this.#dead = isSteady ? dead : [];
      return { anew: false };
    }
    const node = randomUUID();
    await this.#eval(JOIN, node, this.times.lease);
    this.forget();
    this.#node = node;
    this.#isAlive = true;
    return { anew: true };
  }

  async apply(changes: readonly PresenceChange[]): Promise<readonly Turn[]> {
    const node = this.#node;
    if (node === undefined) throw new RedisUnavailable('this node has no lease');
    const went = changes.filter((change) => change.kind === 'went');
    this.#applying++;
    try {
      const turns = await Promise.all([
        this.#write(node, true, COME, '0', usersOf(changes, 'came')),
        this.#write(node, true, COME, '1', usersOf(changes, 'stays')),
        this.#write(node, false, GO, went.length, [
          ...went.map(({ userId }) => userId),
          ...went.map(({ ago }) => Math.round(ago)),
        ]),
      ]);
      return turns.flat();
    } finally {
      this.#applying--;
    }
  }

  async of(userIds: readonly string[]): Promise<readonly Presence[]> {
    const batches: Promise<readonly Presence[]>[] = [];
    for (let from = 0; from < userIds.length; from += BATCH)
      batches.push(this.#where(userIds.slice(from, from + BATCH)));
    return (await Promise.all(batches)).flat();
  }

  async reap(): Promise<readonly string[] | undefined> {
    const [dead] = this.#dead;
    if (dead === undefined) return undefined;
    const [more, ...gone] = await this.#eval(REAP, dead.node, dead.end, BATCH);
    if (more !== 1 && this.#dead[0] === dead) this.#dead.shift();
    return gone.map(String);
  }

  forget(): void {
    this.#node = undefined;
    this.#isAlive = false;
    this.#size = undefined;
    this.#lostSight();
  }

  async leave(grace: number): Promise<void> {
    const node = this.#node;
    this.forget();
    if (node !== undefined) await this.#eval(LEAVE, node, grace);
  }

  /** @returns nodes whose lease has run out; undefined when this one's has, or Redis has lost some of its users */
  async #renew(): Promise<DeadNode[] | undefined> {
    if (this.#node === undefined) return undefined;
    const quiet = this.#applying === 0;
    const size = this.#size;
    const [isAlive, users, ...dead] = await this.#eval(RENEW, this.#node, this.times.lease);
    if (isAlive !== 1) return undefined;
    const isComparable = quiet && this.#applying === 0 && size !== undefined && size === this.#size;
    return isComparable && size !== users ? undefined : pairsOf(dead);
  }

  #lostSight(): void {
    this.#renewals = 0;
    this.#dead = [];
  }

  async #write(
    node: string,
    online: boolean,
    script: string,
    first: string | number,
    rest: readonly (string | number)[],
  ): Promise<Turn[]> {
    if (rest.length === 0) return [];
    // Whether an answer that does not come was one that changed something is anybody's guess.
    this.#size = undefined;
    const [isAlive, size, ...told] = await this.#eval(script, node, first, ...rest);
    if (isAlive !== 1) {
      if (this.#node === node) this.forget();
      throw new RedisUnavailable('the lease of this node has run out');
    }
    if (this.#node === node) this.#size = Number(size);
    return told.map((userId) => ({ userId: String(userId), online }));
  }

  async #where(userIds: readonly string[]): Promise<readonly Presence[]> {
    const seen = await this.#eval(WHERE, '', ...userIds);
    return userIds.map((userId, index) => {
      const at = Number(seen[index] ?? 0);
      return { userId, online: at < 0, lastSeen: Math.max(0, at) };
    });
  }

  #eval(script: string, node: string, ...rest: readonly (string | number)[]): Promise<Reply> {
    return this.connection.run((redis) => redis.eval(script, 0, this.prefix, STAY, node, ...rest) as Promise<Reply>);
  }
}

function usersOf(changes: readonly PresenceChange[], kind: PresenceChange['kind']): string[] {
  return changes.filter((change) => change.kind === kind).map(({ userId }) => userId);
}

function pairsOf(reply: Reply): DeadNode[] {
  const nodes: DeadNode[] = [];
  for (let at = 0; at + 1 < reply.length; at += 2) nodes.push({ node: String(reply[at]), end: String(reply[at + 1]) });
  return nodes;
}
