import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bootId, startOf } from './process-life.js';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Of the host and of the process, where the system tells: names and ids alone come again. */
  readonly boot?: string | undefined;
  readonly start?: string | undefined;
  /** Of this one hold. */
  readonly hold: string;
}

const SIGN_OF_LIFE = 2_000;
/** A holder on another host, in another container or before a start of the machine that gave no sign of life for so long is gone. */
const SILENCE = 15_000;
/** Longer than it takes two processes that both found a stale lock to step on one another. */
const SECOND_THOUGHT = 100;

/** Holds of this process: its own id proves nothing, since a container restarts with the same one. */
const held = new Set<string>();

/**
 * That one process at a time uses a folder: a file in it says which. A holder that is gone is told by its process id, and
 * when that process began, on this host; by its silence on others.
 */
export class FolderLock {
  readonly #path: string;
  readonly #own: Holder = {
    pid: process.pid,
    host: hostname(),
    boot: bootId(),
    start: startOf(process.pid),
    hold: randomUUID(),
  };
  #life: NodeJS.Timeout | undefined;

  constructor(private readonly folder: string) {
    this.#path = join(folder, 'hermes.lock');
  }

  /** @throws saying who uses the folder */
  async take(): Promise<void> {
    if (!(await this.#write())) {
      await this.#clear();
      if (!(await this.#write())) throw this.#refusal(await this.#read());
      await pause(SECOND_THOUGHT);
    }
    const holder = await this.#read();
    if (holder?.hold !== this.#own.hold) throw this.#refusal(holder);
    held.add(this.#own.hold);
    this.#life = setInterval(() => void this.#live(), SIGN_OF_LIFE);
    this.#life.unref();
  }

  async release(): Promise<void> {
    clearInterval(this.#life);
    if (!held.delete(this.#own.hold)) return;
    if ((await this.#read())?.hold === this.#own.hold) await rm(this.#path, { force: true });
  }

  /** Takes away a lock whose holder is gone. @throws while he is not */
  async #clear(): Promise<void> {
    const holder = await this.#read();
    if (holder !== undefined && (await this.#isAlive(holder))) throw this.#refusal(holder);
    const aside = `${this.#path}.${this.#own.hold}`;
    await rename(this.#path, aside).catch(() => undefined);
    await rm(aside, { force: true });
  }

  async #isAlive({ pid, host, boot, start, hold }: Holder): Promise<boolean> {
    if (held.has(hold)) return true;
    const isHere = host === this.#own.host && isSame(boot, this.#own.boot);
    if (isHere) return pid !== process.pid && exists(pid) && isSame(start, startOf(pid));
    const written = await stat(this.#path).catch(() => undefined);
    return written !== undefined && Date.now() - written.mtimeMs < SILENCE;
  }

  /** @returns false when there is a lock already */
  async #write(): Promise<boolean> {
    try {
      await writeFile(this.#path, JSON.stringify(this.#own), { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  async #read(): Promise<Holder | undefined> {
    try {
      return JSON.parse(await readFile(this.#path, 'utf8')) as Holder;
    } catch {
      return undefined;
    }
  }

  async #live(): Promise<void> {
    const now = new Date();
    await utimes(this.#path, now, now).catch(() => undefined);
  }

  #refusal(holder: Holder | undefined): Error {
    const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
    return new Error(
      `the folder ${this.folder} is in use by ${who}; HERMES_POSTGRES_URL is for several processes, ` +
        `and if there is no such process, ${this.#path} may be deleted`,
    );
  }
}

/** What is not known proves nothing. */
function isSame(one: string | undefined, other: string | undefined): boolean {
  return one === undefined || other === undefined || one === other;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
