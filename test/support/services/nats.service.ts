import { join } from 'node:path';
import { describeUnless } from './describe-with.js';
import { freePort } from './free-port.js';
import { NatsServer } from './nats-server.js';
import { findProgram, provision } from './provision.js';
import { oncePerRun, runDirectory } from './run-directory.js';
import { started } from './started.js';
import type { Provision, ServiceRecipe } from './service.js';

/** A server is up in a moment, on a busy machine in seconds; it is tried twice. */
export const NATS_TIMEOUT = 150_000;

const NATS: ServiceRecipe = {
  name: 'nats',
  variable: 'TEST_NATS_URL',
  program: () => findProgram('nats-server', '/usr/sbin/nats-server', '/opt/homebrew/bin/nats-server'),
  packages: ['nats-server'],
  image: 'nats:2',
};

/** A suite on the server of this run; its URL is there once tests and hooks run. Names are the suite's to choose apart. */
export function describeWithNats(name: string, suite: (url: () => string) => void): void {
  const means = provision(NATS);
  const isThere = means.kind === 'url' || NATS.program() !== undefined;
  describeUnless(isThere ? undefined : reasonOf(means), name, () => {
    let url: string | undefined;
    beforeAll(async () => {
      url = means.kind === 'url' ? means.url : await oncePerRun('nats', sharedServer, NATS_TIMEOUT);
    }, NATS_TIMEOUT);
    suite(() => url ?? notYet());
  });
}

/** A suite that kills and restarts servers, got from {@link prepareNats}. */
export function describeWithOwnNats(name: string, suite: () => void): void {
  const means = provision(NATS);
  describeUnless(NATS.program() === undefined ? reasonOf(means) : undefined, name, suite);
}

/** Chooses the port of a server that is yet to be started; whoever starts it kills it. */
export async function prepareNats(...args: readonly string[]): Promise<NatsServer> {
  const program = NATS.program();
  if (program === undefined) throw new Error('no NATS server that tests may start: use describeWithOwnNats');
  const port = await freePort();
  return new NatsServer(program, join(runDirectory(), `nats-${port}`), port, args);
}

async function sharedServer(): Promise<string> {
  const server = await started(
    () => prepareNats(),
    (failed) => failed.kill(),
  );
  return server.url;
}

/** Containers are not used: a server that is one small program is easier to install than an engine. */
function reasonOf(means: Provision): string {
  if (means.kind === 'absent') return means.reason;
  return means.kind === 'url'
    ? `${NATS.variable} leads to a server that tests may not kill, and no other is installed`
    : 'nats-server is not installed and cannot be installed by this user';
}

function notYet(): never {
  throw new Error('the server is there in hooks and tests, not while the suite is being defined');
}
