import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accepts, freePort } from '../machine/free-port.mjs';
import { provide } from '../machine/install.mjs';
import { OwnedProcess } from '../machine/owned-process.mjs';

const DEBIAN = '/usr/lib/postgresql';
const SETTINGS = ['shared_buffers=256MB', 'max_wal_size=4GB', 'fsync=on', 'synchronous_commit=on'];

/** A fresh PostgreSQL on loopback, with its durability as it comes: every commit is on the disk. */
export class Postgres {
  #folder;
  #server;

  /** @returns a sentence when there is none and it cannot be installed */
  static absent() {
    return provide('initdb', { packages: ['postgresql'], places: places() }).absent;
  }

  static async start() {
    const postgres = new Postgres();
    await postgres.#launch();
    return postgres;
  }

  async stop() {
    await this.#server.stop(0);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #launch() {
    const initdb = provide('initdb', { packages: ['postgresql'], places: places() }).path;
    const port = await freePort();
    this.#folder = mkdtempSync(join(tmpdir(), 'hermes-bench-postgres-'));
    const data = join(this.#folder, 'data');
    const become = process.getuid() === 0 ? asPostgres(this.#folder) : [];
    const [first, ...rest] = [...become, initdb, '-D', data, '-U', 'hermes', '-A', 'trust', '--no-sync'];
    execFileSync(first, rest, { stdio: 'ignore' });
    const options = SETTINGS.flatMap((setting) => ['-c', setting]);
    const server = initdb.replace(/initdb$/, 'postgres');
    const command = [...become, server, '-D', data, '-p', `${port}`, '-h', '127.0.0.1', '-k', '', ...options];
    this.#server = new OwnedProcess('postgres', command[0], command.slice(1), { cwd: this.#folder });
    await this.#server.until(() => accepts(port));
    this.url = `postgres://hermes@127.0.0.1:${port}/postgres`;
  }
}

/** The server refuses to be run by root. */
function asPostgres(folder) {
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })));
  chownSync(folder, uid, gid);
  return ['setpriv', '--reuid', `${uid}`, '--regid', `${gid}`, '--clear-groups'];
}

function places() {
  try {
    return readdirSync(DEBIAN).map((version) => join(DEBIAN, version, 'bin/initdb'));
  } catch {
    return [];
  }
}
