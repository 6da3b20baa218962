import { join } from 'node:path';
import { NatsServer } from './nats-server.js';
import { findProgram } from './provision.js';
import { runDirectory } from './run-directory.js';
import { ServerService } from './server-service.js';
import { started } from './started.js';

/** A server is up in a moment, on a busy machine in seconds; it is tried twice. */
export const NATS_TIMEOUT = 150_000;

const NATS = new ServerService({
  name: 'nats',
  title: 'NATS',
  variable: 'TEST_NATS_URL',
  program: () => findProgram('nats-server', '/usr/sbin/nats-server', '/opt/homebrew/bin/nats-server'),
  packages: ['nats-server'],
  image: 'nats:2',
  timeout: NATS_TIMEOUT,
  make: (program, port, args) => new NatsServer(program, join(runDirectory(), `nats-${port}`), port, args),
  share: sharedServer,
});

/** A suite on the server of this run; its URL is there once tests and hooks run. Names are the suite's to choose apart. */
export function describeWithNats(name: string, suite: (url: () => string) => void): void {
  NATS.describeWith(name, suite);
}

/** A suite that kills and restarts servers, got from {@link prepareNats}. */
export function describeWithOwnNats(name: string, suite: () => void): void {
  NATS.describeWithOwn(name, suite);
}

/** Chooses the port of a server that is yet to be started; whoever starts it kills it. */
export function prepareNats(...args: readonly string[]): Promise<NatsServer> {
  return NATS.prepare(args);
}

function sharedServer(): Promise<NatsServer> {
  return started(
    () => prepareNats(),
    (failed) => failed.kill(),
  );
}
