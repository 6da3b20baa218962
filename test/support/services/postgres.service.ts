import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { describeUnless } from './describe-with.js';
import { freePort } from './free-port.js';
import { PostgresServer } from './postgres-server.js';
import { findProgram, provision } from './provision.js';
import { oncePerRun } from './run-directory.js';
import type { Provision, ServiceRecipe } from './service.js';

const START_TIMEOUT = 60_000;
/** Where Debian keeps the versions of it. */
const DEBIAN = '/usr/lib/postgresql';

const POSTGRES: ServiceRecipe = {
  name: 'postgres',
  variable: 'TEST_POSTGRES_URL',
  program: () => findProgram('initdb', ...debianVersions(), '/opt/homebrew/bin/initdb'),
  packages: ['postgresql'],
  image: 'postgres:16',
};

/** A suite with an empty database of its own on the server of this run; its URL is there once tests and hooks run. */
export function describeWithPostgres(name: string, suite: (url: () => string) => void): void {
  const means = provision(POSTGRES);
  const isThere = means.kind === 'url' || POSTGRES.program() !== undefined;
  describeUnless(isThere ? undefined : reasonOf(means), name, () => {
    let url: string | undefined;
    beforeAll(async () => {
      const server = means.kind === 'url' ? means.url : await oncePerRun('postgres', sharedServer, START_TIMEOUT);
      url = await emptyDatabase(server);
    }, START_TIMEOUT);
    suite(() => url ?? notYet());
  });
}

/** A suite that kills and restarts servers, got from {@link preparePostgres}. */
export function describeWithOwnPostgres(name: string, suite: () => void): void {
  const means = provision(POSTGRES);
  describeUnless(POSTGRES.program() === undefined ? reasonOf(means) : undefined, name, suite);
}

/** Chooses the port of a server that is yet to be started; whoever starts it kills it. */
export async function preparePostgres(...settings: readonly string[]): Promise<PostgresServer> {
  const program = POSTGRES.program();
  if (program === undefined) throw new Error('no PostgreSQL that tests may start: use describeWithOwnPostgres');
  return new PostgresServer(join(program, '..'), await freePort(), settings);
}

/** @param url of a database whose role may create others @returns the URL of a new one */
export async function emptyDatabase(url: string): Promise<string> {
  const name = `hermes_${randomUUID().replaceAll('-', '')}`;
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}

async function sharedServer(): Promise<string> {
  // Suites run side by side, each with nodes that have pools of their own.
  const server = await preparePostgres('max_connections=300', 'shared_buffers=128MB', 'max_wal_size=2GB');
  await server.start();
  return server.url;
}

function debianVersions(): readonly string[] {
  if (!existsSync(DEBIAN)) return [];
  return readdirSync(DEBIAN)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(DEBIAN, version, 'bin/initdb'));
}

/** Containers are not used: a server that is one small program is easier to install than an engine. */
function reasonOf(means: Provision): string {
  if (means.kind === 'absent') return means.reason;
  return means.kind === 'url'
    ? `${POSTGRES.variable} leads to a server that tests may not kill, and no other is installed`
    : 'PostgreSQL is not installed and cannot be installed by this user';
}

function notYet(): never {
  throw new Error('the database is there in hooks and tests, not while the suite is being defined');
}
