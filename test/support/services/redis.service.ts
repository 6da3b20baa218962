import { join } from 'node:path';
import { findProgram } from './provision.js';
import { RedisServer } from './redis-server.js';
import { runDirectory } from './run-directory.js';
import { ServerService } from './server-service.js';

const REDIS = new ServerService({
  name: 'redis',
  title: 'Redis',
  variable: 'TEST_REDIS_URL',
  program: () => findProgram('redis-server', '/usr/bin/redis-server', '/opt/homebrew/bin/redis-server'),
  packages: ['redis-server'],
  image: 'redis:7',
  timeout: 60_000,
  make: (program, port, args) => new RedisServer(program, join(runDirectory(), `redis-${port}`), port, args),
  share: sharedServer,
});

/** A suite on the server of this run; its URL is there once tests and hooks run. Keys are the suite's to choose apart. */
export function describeWithRedis(name: string, suite: (url: () => string) => void): void {
  REDIS.describeWith(name, suite);
}

/** A suite that kills and restarts servers, got from {@link prepareRedis}. */
export function describeWithOwnRedis(name: string, suite: () => void): void {
  REDIS.describeWithOwn(name, suite);
}

/** Chooses the port of a server that is yet to be started; whoever starts it kills it. */
export function prepareRedis(...args: readonly string[]): Promise<RedisServer> {
  return REDIS.prepare(args);
}

async function sharedServer(): Promise<RedisServer> {
  const server = await prepareRedis();
  await server.start();
  return server;
}
