import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { PostgresServer } from './postgres-server.js';
import { findProgram } from './provision.js';
import { ServerService } from './server-service.js';

/** Where Debian keeps the versions of it. */
const DEBIAN = '/usr/lib/postgresql';

const POSTGRES = new ServerService({
  name: 'postgres',
  title: 'PostgreSQL',
  variable: 'TEST_POSTGRES_URL',
  program: () => findProgram('initdb', ...debianVersions(), '/opt/homebrew/bin/initdb'),
  packages: ['postgresql'],
  image: 'postgres:16',
  timeout: 60_000,
  make: (program, port, settings) => new PostgresServer(join(program, '..'), port, settings),
  share: sharedServer,
});

/** A suite with an empty database of its own on the server of this run; its URL is there once tests and hooks run. */
export function describeWithPostgres(name: string, suite: (url: () => string) => void): void {
  POSTGRES.describeWith(name, suite, emptyDatabase);
}

/** A suite that kills and restarts servers, got from {@link preparePostgres}. */
export function describeWithOwnPostgres(name: string, suite: () => void): void {
  POSTGRES.describeWithOwn(name, suite);
}

/** Chooses the port of a server that is yet to be started; whoever starts it kills it. */
export function preparePostgres(...settings: readonly string[]): Promise<PostgresServer> {
  return POSTGRES.prepare(settings);
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

async function sharedServer(): Promise<PostgresServer> {
  // Suites run side by side, each with nodes that have pools of their own.
  const server = await preparePostgres('max_connections=300', 'shared_buffers=128MB', 'max_wal_size=2GB');
  await server.start();
  return server;
}

function debianVersions(): readonly string[] {
  if (!existsSync(DEBIAN)) return [];
  return readdirSync(DEBIAN)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(DEBIAN, version, 'bin/initdb'));
}
