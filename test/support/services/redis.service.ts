import { join } from 'node:path';
import { describeUnless } from './describe-with.js';
import { freePort } from './free-port.js';
import { findProgram, provision } from './provision.js';
import { RedisServer } from './redis-server.js';
import { oncePerRun, runDirectory } from './run-directory.js';
import type { Provision, ServiceRecipe } from './service.js';

const START_TIMEOUT = 60_000;

const REDIS: ServiceRecipe = {
  name: 'redis',
  variable: 'TEST_REDIS_URL',
  program: () => findProgram('redis-server', '/usr/bin/redis-server', '/opt/homebrew/bin/redis-server'),
  packages: ['redis-server'],
  image: 'redis:7',
};

/** A suite on the server of this run; its URL is there once tests and hooks run. Keys are the suite's to choose apart. */
export function describeWithRedis(name: string, suite: (url: () => string) => void): void {
  const means = provision(REDIS);
  const isThere = means.kind === 'url' || REDIS.program() !== undefined;
  describeUnless(isThere ? undefined : reasonOf(means), name, () => {
    let url: string | undefined;
    beforeAll(async () => {
      url = means.kind === 'url' ? means.url : await oncePerRun('redis', sharedServer, START_TIMEOUT);
    }, START_TIMEOUT);
    suite(() => url ?? notYet());
  });
}

/** A suite that kills and restarts servers, got from {@link prepareRedis}. */
export function describeWithOwnRedis(name: string, suite: () => void): void {
  const means = provision(REDIS);
  describeUnless(REDIS.program() === undefined ? reasonOf(means) : undefined, name, suite);
}

/** Chooses the port of a server that is yet to be started; whoever starts it kills it. */
export async function prepareRedis(...args: readonly string[]): Promise<RedisServer> {
  const program = REDIS.program();
  if (program === undefined) throw new Error('no Redis that tests may start: use describeWithOwnRedis');
  const port = await freePort();
  return new RedisServer(program, join(runDirectory(), `redis-${port}`), port, args);
}

async function sharedServer(): Promise<string> {
  const server = await prepareRedis();
  await server.start();
  return server.url;
}

/** Containers are not used: a server that is one small program is easier to install than an engine. */
function reasonOf(means: Provision): string {
  if (means.kind === 'absent') return means.reason;
  return means.kind === 'url'
    ? `${REDIS.variable} leads to a server that tests may not kill, and no other is installed`
    : 'redis-server is not installed and cannot be installed by this user';
}

function notYet(): never {
  throw new Error('the server is there in hooks and tests, not while the suite is being defined');
}
