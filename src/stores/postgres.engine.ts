import { createHash } from 'node:crypto';
import { PostgresDialect, type Dialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import { Pool, types, type PoolClient, type QueryConfig } from 'pg';
import { ASK_READS_ONLY, PLANS, demandWrites, type Engine } from './engine.js';
import type { PostgresConfig } from './postgres.config.js';

/** Statements that a connection remembers as prepared; others are planned each time. */
const MOST_PREPARED = 200;
const KEEP_ALIVE_DELAY = 10_000;
const IDLE_TIMEOUT = 60_000;
const OVERDUE = 'the database did not answer in time';

/** A PostgreSQL server, over a pool of connections. */
export class PostgresEngine implements Engine {
  readonly #pool: Pool;
  /** Names of prepared statements, by their text. */
  readonly #names = new Map<string, string>();

  /** Leases without a limit, which nothing else would end. */
  readonly #unlimited = new Set<LeasedClient>();
  /** Connections that may be used again. */
  #current = new WeakSet<object>();

  /** @param lost told when a connection that nobody was using has died */
  constructor(config: PostgresConfig, lost: (error: Error) => void) {
    this.#pool = new Pool({
      connectionString: config.url,
      application_name: 'hermes',
      max: config.pool,
      connectionTimeoutMillis: config.timeout,
      idleTimeoutMillis: IDLE_TIMEOUT,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY,
      types: { getTypeParser: parserOf },
      onConnect: async (client) => {
        await client.query([...timeLimits(config.timeout), ...PLANS].join('; '));
        demandWrites((await client.query<{ reads_only: string }>(ASK_READS_ONLY)).rows);
        this.#current.add(client);
      },
    });
    this.#pool.on('error', lost);
  }

  /** Connections are made when they are needed. */
  async open(): Promise<void> {}

  renew(): void {
    this.#current = new WeakSet();
  }

  dialect(lease: number): Dialect {
    const pool: PostgresPool = {
      connect: () => this.#connect(lease),
      end: async () => undefined,
    };
    return new PostgresDialect({ pool });
  }

  async close(): Promise<void> {
    for (const leased of this.#unlimited) leased.expire();
    await this.#pool.end();
  }

  async #connect(lease: number): Promise<PostgresPoolClient> {
    const asked = performance.now();
    const client = await this.#client();
    const leased = new LeasedClient(
      client,
      lease && Math.max(1, lease - (performance.now() - asked)),
      (text) => this.#nameOf(text),
      (self) => this.#unlimited.delete(self),
    );
    if (lease === 0) this.#unlimited.add(leased);
    return leased as unknown as PostgresPoolClient;
  }

  async #client(): Promise<PoolClient> {
    for (;;) {
      const client = await this.#pool.connect();
      if (this.#current.has(client)) return client;
      client.release(true);
    }
  }

  #nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= MOST_PREPARED) return known;
    const name = `hermes-${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
    this.#names.set(text, name);
    return name;
  }
}

/**
 * A connection in the hands of one piece of work, for so long and no longer: then it is ended, whatever it is doing. That
 * bounds the wait for a server that has fallen silent, which no time-out of the server's own can.
 */
class LeasedClient {
  readonly #expiry: NodeJS.Timeout | undefined;
  #isOver = false;
  #isOverdue = false;

  constructor(
    private readonly client: PoolClient,
    lease: number,
    private readonly nameOf: (text: string) => string | undefined,
    private readonly ended: (self: LeasedClient) => void,
  ) {
    // The pool listens only to connections that nobody uses; unheard, an error would end the process.
    client.on('error', ignore);
    if (lease > 0) this.#expiry = setTimeout(() => this.expire(), lease);
  }

  async query(text: string, values: readonly unknown[]): Promise<unknown> {
    if (this.#isOver) throw new Error(OVERDUE);
    try {
      return await this.client.query(this.#query(text, values));
    } catch (error) {
      throw this.#isOverdue ? new Error(OVERDUE, { cause: error }) : error;
    }
  }

  release(): void {
    this.#end(false);
  }

  #query(text: string, values: readonly unknown[]): QueryConfig {
    const name = values.length > 0 ? this.nameOf(text) : undefined;
    return { text, values: [...values], ...(name === undefined ? {} : { name }) };
  }

  /** Ends the connection now. */
  expire(): void {
    this.#isOverdue = true;
    this.#end(true);
  }

  /** @param isBroken the connection is closed rather than used again */
  #end(isBroken: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#expiry);
    this.client.release(isBroken);
    this.client.off('error', ignore);
    this.ended(this);
  }
}

function ignore(): void {}

/** Of the server's own. A node that stands still must not keep the locks of a transaction either. */
function timeLimits(milliseconds: number): readonly string[] {
  return [`set statement_timeout = ${milliseconds}`, `set idle_in_transaction_session_timeout = ${milliseconds}`];
}

/** 64-bit integers as numbers: nothing that is kept here counts beyond 2^53. */
function parserOf(id: number, format?: 'text' | 'binary'): unknown {
  return id === (types.builtins.INT8 as number) ? Number : types.getTypeParser(id, format as 'text');
}
