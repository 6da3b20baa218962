import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { PostgresDialect, type Dialect, type PostgresPoolClient } from 'kysely';
import { PLANS, type Engine } from './engine.js';
import { FolderLock } from './folder-lock.js';

const BUSY = 'the database has been busy with other things for too long';
/** What is said in chat is for nobody else on this machine. */
const PRIVATE = 0o700;
const MEMORY = 'memory://';

/**
 * A PostgreSQL inside this process, kept in a folder. It has one connection, so one piece of work has it at a time.
 *
 * What is written survives the end of the process, a violent one too, but not that of the machine: it is not forced to disk.
 */
export class PgliteEngine implements Engine {
  readonly #lock: FolderLock | undefined;
  readonly #waiting: (() => void)[] = [];
  #opening: Promise<void> | undefined;
  #database: PGlite | undefined;
  #isTaken = false;

  /** @param folder or `memory://`, for tests */
  constructor(private readonly folder: string) {
    this.#lock = folder.startsWith(MEMORY) ? undefined : new FolderLock(folder);
  }

  async open(): Promise<void> {
    if (this.#database !== undefined) return;
    this.#opening = this.#open();
    await this.#opening;
  }

  /** It has no other server to lead to. */
  renew(): void {}

  dialect(lease: number): Dialect {
    return new PostgresDialect({ pool: { connect: () => this.#connect(lease), end: async () => undefined } });
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    const database = this.#database;
    if (database === undefined) return;
    await this.#turn(0);
    this.#database = undefined;
    // Whoever still waits for a turn is told that there is nothing to have.
    this.#next();
    await database.close();
    await this.#lock?.release();
  }

  async #open(): Promise<void> {
    if (this.#lock === undefined) {
      this.#database = await start(this.folder);
      return;
    }
    await mkdir(this.folder, { recursive: true, mode: PRIVATE });
    // One that is there already may be open to everybody on this machine, and so are the files that PGlite makes in it.
    await chmod(this.folder, PRIVATE);
    await this.#lock.take();
    try {
      this.#database = await start(join(this.folder, 'postgres'));
    } catch (error) {
      await this.#lock.release();
      throw error;
    }
  }

  async #connect(lease: number): Promise<PostgresPoolClient> {
    await this.#turn(lease);
    const database = this.#database;
    if (database === undefined) {
      this.#next();
      throw new Error('the database is not open');
    }
    const query = async (text: string, values: readonly unknown[]): Promise<unknown> => {
      const { rows, affectedRows } = await database.query(text, [...values]);
      // Kysely counts what a statement has changed by the name of the command; for others the number is 0 anyway.
      return { command: 'UPDATE', rowCount: affectedRows ?? 0, rows };
    };
    return { query: query as PostgresPoolClient['query'], release: once(() => this.#next()) };
  }

  /** Resolves when the connection is free, and is the caller's. @throws when that has taken longer than the patience */
  #turn(patience: number): Promise<void> {
    if (!this.#isTaken) {
      this.#isTaken = true;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(new Error(BUSY));
      };
      const timer = patience > 0 ? setTimeout(giveUp, patience) : undefined;
      this.#waiting.push(begin);
    });
  }

  #next(): void {
    const begin = this.#waiting.shift();
    if (begin === undefined) this.#isTaken = false;
    else begin();
  }
}

/** Loaded only by those who use it: it is large. */
async function start(place: string): Promise<PGlite> {
  const { PGlite } = await import('@electric-sql/pglite');
  const database = await PGlite.create(place);
  for (const setting of PLANS) await database.query(setting);
  return database;
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    act();
  };
}
