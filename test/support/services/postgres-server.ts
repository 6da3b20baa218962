import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { waitFor } from '../wait-for.js';
import { OwnServer } from './own-server.js';
import { runDirectory } from './run-directory.js';

/** The role that a test is: it may do everything, and needs no password. */
const ROLE = 'hermes';
const LOCALE = { LC_ALL: 'C' };

/** A PostgreSQL that tests have to themselves, on loopback. Every commit is on its disk, so it may be killed. */
export class PostgresServer extends OwnServer {
  readonly #folder: string;
  readonly #data: string;
  /** `initdb` and its arguments. */
  readonly #initialise: readonly string[];

  /**
   * @param programs folder with `initdb` and `postgres`
   * @param settings further settings, `name=value` each
   */
  constructor(programs: string, port: number, settings: readonly string[] = []) {
    const url = `postgres://${ROLE}@127.0.0.1:${port}/postgres`;
    const folder = join(runDirectory(), `postgres-${port}`);
    mkdirSync(folder, { recursive: true });
    const become = process.getuid?.() === 0 ? asOrdinaryUser(folder) : [];
    const data = join(folder, 'data');
    const listen = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', ''];
    const further = settings.flatMap((setting) => ['-c', setting]);
    const command = [...become, join(programs, 'postgres'), ...listen, ...further] as [string, ...string[]];
    super({ title: 'PostgreSQL', url, folder, command, env: LOCALE, answers: () => answers(url), interval: 50 });
    this.#folder = folder;
    this.#data = data;
    const text = ['-E', 'UTF8', '--locale=C'];
    this.#initialise = [
      ...become,
      join(programs, 'initdb'),
      '-D',
      data,
      '-U',
      ROLE,
      '-A',
      'trust',
      ...text,
      '--no-sync',
    ];
  }

  override async start(): Promise<void> {
    if (!this.running && !existsSync(join(this.#data, 'PG_VERSION'))) {
      const [program, ...args] = this.#initialise as [string, ...string[]];
      const env = { PATH: process.env['PATH'], HOME: this.#folder, ...LOCALE };
      await promisify(execFile)(program, args, { cwd: this.#folder, env });
    }
    await super.start();
  }

  /** Ends it as a power cut would, its connections at once with it; port and data stay. */
  override async kill(): Promise<void> {
    // Each has a process group of its own, and would outlive the server for a moment, which could not start again then.
    const backends = this.running ? backendsOf(this.#data) : [];
    await super.kill();
    for (const pid of backends) end(pid);
    await waitFor('the backends of PostgreSQL to end', () => backends.every((pid) => !isAlive(pid)));
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
