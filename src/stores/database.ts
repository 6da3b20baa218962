import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Kysely, sql } from 'kysely';
import { ASK_READS_ONLY, demandWrites, type Engine } from './engine.js';
import { DatabaseUnavailable, isOutage, readsOnly, sentenceOf, stateOf } from './fault.js';
import { migrate, type Migration } from './migrations.js';
import { PgliteEngine } from './pglite.engine.js';
import { PostgresConfig } from './postgres.config.js';
import { PostgresEngine } from './postgres.engine.js';

const FIRST_WAIT = 100;
const LONGEST_WAIT = 5_000;
const MOST_RUNNING = 1_000;

/**
 * The PostgreSQL that durable things are kept in: a server, or one inside this process. It is opened in the background
 * and kept open; while it is away, what is asked of it fails at once.
 */
@Injectable()
export class Database implements OnApplicationBootstrap, OnApplicationShutdown {
  /** What happened to the database and to what was asked of it, by fixed words used as metric labels. */
  readonly stats = { connects: 0, disconnects: 0, failures: 0 };
  readonly #logger = new Logger(Database.name);
  readonly #engine: Engine;
  readonly #kysely: Kysely<unknown>;
  readonly #migrations = new Map<string, readonly Migration[]>();
  #state: 'new' | 'open' | 'closed' = 'new';
  #trouble: string | undefined = 'not tried yet';
  #attempt: Promise<void> | undefined;
  #attempts = 0;
  #pause: NodeJS.Timeout | undefined;
  #isMigrated = false;
  #running = 0;
  #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  constructor(private readonly config: PostgresConfig) {
    this.#engine =
      config.url === ''
        ? new PgliteEngine(config.dataDir)
        : new PostgresEngine(config, (error) => this.#suspect(error));
    this.#kysely = new Kysely<unknown>({ dialect: this.#engine.dialect(config.timeout) });
  }

  onApplicationBootstrap(): void {
    this.open();
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  /** Why nothing can be asked just now; undefined when all is well. */
  get trouble(): string | undefined {
    return this.#trouble === undefined ? undefined : `no database: ${this.#trouble}`;
  }

  /** What the tables of a feature must be like before anything is asked. To be told before the database is opened. */
  expect(feature: string, migrations: readonly Migration[]): void {
    if (this.#state !== 'new') throw new Error('the database is open already');
    this.#migrations.set(feature, migrations);
  }

  /** Begins to connect and returns at once. */
  open(): void {
    if (this.#state !== 'new') return;
    this.#state = 'open';
    this.#try();
  }

  /** Resolves when there is no trouble. @throws {DatabaseUnavailable} when it has been closed instead */
  ready(): Promise<void> {
    if (this.#trouble === undefined) return Promise.resolve();
    if (this.#state === 'closed') return Promise.reject(new DatabaseUnavailable('closed'));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Ends all connections, once what runs has ended. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#trouble = 'closed';
    clearTimeout(this.#pause);
    for (const { reject } of this.#waiting.splice(0)) reject(new DatabaseUnavailable('closed'));
    await this.#engine.close().catch((error: unknown) => this.#logger.warn('database.close.failed', said(error)));
    await this.#attempt;
  }

  /**
   * @typeParam Tables what the feature that asks knows to be there
   * @throws {DatabaseUnavailable} at once while there is trouble, within the time-out when something fails
   */
  async run<Tables, T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    if (this.trouble !== undefined) throw new DatabaseUnavailable(this.trouble);
    if (this.#running >= MOST_RUNNING) throw new DatabaseUnavailable('the database owes too many answers already');
    this.#running++;
    try {
      return await work(this.#kysely as Kysely<Tables>);
    } catch (error) {
      this.stats.failures++;
      // After a failover the other connections lead to the same wrong server, and what they read is old.
      if (readsOnly(error)) this.#engine.renew();
      if (isOutage(error)) this.#suspect(error);
      throw new DatabaseUnavailable(sentenceOf(error), stateOf(error));
    } finally {
      this.#running--;
    }
  }

  /** One connection died; whether the database did is found out by asking it. */
  #suspect(error: unknown): void {
    if (this.#state !== 'open' || this.#attempt !== undefined || this.#pause !== undefined) return;
    this.#logger.warn('database.connection.lost', said(error));
    this.#try();
  }

  #try(): void {
    this.#pause = undefined;
    this.#attempt = this.#connect()
      .then(
        () => this.#connected(),
        (error: unknown) => this.#failed(error),
      )
      .finally(() => (this.#attempt = undefined));
  }

  async #connect(): Promise<void> {
    await this.#engine.open();
    if (this.#isMigrated) {
      demandWrites((await sql.raw<{ reads_only: string }>(ASK_READS_ONLY).execute(this.#kysely)).rows);
      return;
    }
    const unhurried = new Kysely<unknown>({ dialect: this.#engine.dialect(0) });
    for (const [feature, migrations] of this.#migrations) {
      const done = await migrate(unhurried, feature, migrations);
      if (done.length > 0) this.#logger.log('database.migrated', { feature, done: done.join(', ') });
    }
    this.#isMigrated = true;
  }

  #connected(): void {
    this.#attempts = 0;
    if (this.#state !== 'open' || this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.stats.connects++;
    this.#logger.log('database.connected');
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #failed(error: unknown): void {
    if (this.#state !== 'open') return;
    // Whatever it was, the next attempt is to find out where the address leads now.
    this.#engine.renew();
    const reason = sentenceOf(error);
    if (this.#trouble === undefined) this.stats.disconnects++;
    if (this.#trouble !== reason) this.#logger.warn('database.connect.failed', { reason });
    this.#trouble = reason;
    this.#pause = setTimeout(() => this.#try(), waitBefore(++this.#attempts, Math.random()));
  }
}

/** Doubles up to a bound; half of it is chance, so that many nodes do not come back in one wave. */
function waitBefore(attempt: number, chance: number): number {
  const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(attempt, 10));
  return wait / 2 + (wait / 2) * chance;
}

function said(error: unknown): { readonly reason: string } {
  return { reason: sentenceOf(error) };
}
