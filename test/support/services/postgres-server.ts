import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { waitFor } from '../wait-for.js';
import { OwnedProcess } from './owned-process.js';
import { runDirectory } from './run-directory.js';

/** The role that a test is: it may do everything, and needs no password. */
const ROLE = 'hermes';

/** A PostgreSQL that tests have to themselves, on loopback. Every commit is on its disk, so it may be killed. */
export class PostgresServer {
  readonly url: string;
  readonly #folder: string;
  readonly #become: readonly string[];
  #server: OwnedProcess | undefined;

  /** @param programs folder with `initdb` and `postgres` */
  constructor(
    private readonly programs: string,
    private readonly port: number,
    /** Further settings, `name=value` each. */
    private readonly settings: readonly string[] = [],
  ) {
    this.url = `postgres://${ROLE}@127.0.0.1:${port}/postgres`;
    this.#folder = join(runDirectory(), `postgres-${port}`);
    mkdirSync(this.#folder, { recursive: true });
    this.#become = process.getuid?.() === 0 ? asOrdinaryUser(this.#folder) : [];
  }

  /** Starts it unless it runs, again on the same port and with the same data, and waits until it answers. */
  async start(): Promise<void> {
    if (this.#server?.running) return;
    const data = join(this.#folder, 'data');
    if (!existsSync(join(data, 'PG_VERSION'))) await this.#initialise(data);
    const settings = this.settings.flatMap((setting) => ['-c', setting]);
    const listen = ['-D', data, '-h', '127.0.0.1', '-p', String(this.port), '-k', ''];
    const [program, ...args] = [...this.#become, join(this.programs, 'postgres'), ...listen, ...settings] as [
      string,
      ...string[],
    ];
    const output = join(this.#folder, 'output');
    const server = (this.#server = new OwnedProcess(program, args, { env: environment(this.#folder), output }));
    await waitFor('PostgreSQL to answer', async () => !server.running || (await answers(this.url)), {
      timeout: 60_000,
      interval: 50,
    });
    if (!server.running) throw new Error(`PostgreSQL ended while it started:\n${server.lastWords}`);
  }

  /** Ends it as a power cut would, its connections at once with it; port and data stay. */
  async kill(): Promise<void> {
    // Each has a process group of its own, and would outlive the server for a moment, which could not start again then.
    const backends = this.#server?.running ? backendsOf(join(this.#folder, 'data')) : [];
    await this.#server?.kill();
    for (const pid of backends) end(pid);
    await waitFor('the backends of PostgreSQL to end', () => backends.every((pid) => !isAlive(pid)));
  }

  async #initialise(data: string): Promise<void> {
    const [program, ...args] = [...this.#become, join(this.programs, 'initdb'), '-D', data, '-U', ROLE, '-A', 'trust'];
    await promisify(execFile)(program as string, [...args, '-E', 'UTF8', '--locale=C', '--no-sync'], {
      cwd: this.#folder,
      env: environment(this.#folder),
    });
  }
}

/** The server refuses to be run by root: the user of its package runs it, and owns its folder. */
function asOrdinaryUser(folder: string): readonly string[] {
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })));
  // It must get through to its folder.
  chmodSync(runDirectory(), 0o711);
  chownSync(folder, uid as number, gid as number);
  return ['setpriv', '--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
}

function backendsOf(data: string): readonly number[] {
  try {
    const [pid] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return children.split(' ').filter(Boolean).map(Number);
  } catch {
    // There is no such list but on Linux.
    return [];
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function environment(folder: string): Record<string, string | undefined> {
  return { PATH: process.env['PATH'], HOME: folder, LC_ALL: 'C' };
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
