import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describeUnless } from './describe-with.js';
import { freePort } from './free-port.js';
import { findProgram, provision } from './provision.js';
import { RabbitProgram, type BrokerPorts, type RabbitBroker } from './rabbitmq-broker.js';
import { RabbitContainer } from './rabbitmq-container.js';
import { RabbitManagement } from './rabbitmq-management.js';
import { oncePerRun, runDirectory } from './run-directory.js';
import { started } from './started.js';
import type { ServiceRecipe } from './service.js';

/** A broker is up in about ten seconds, on a busy machine in a minute; it is tried twice. */
export const RABBIT_TIMEOUT = 400_000;

const RABBITMQ: ServiceRecipe = {
  name: 'rabbitmq',
  variable: 'TEST_RABBITMQ_URL',
  program: () =>
    findProgram(
      'rabbitmq-server',
      // Debian's program on the search path changes the user; the one behind it does not.
      '/usr/lib/rabbitmq/bin/rabbitmq-server',
      '/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server',
    ),
  packages: ['rabbitmq-server'],
  image: 'rabbitmq:4-management',
};

/** The broker of this run, shared by its suites; each suite has a virtual host of its own. */
export interface SharedRabbit {
  /** Leads to the suite's virtual host. */
  readonly uri: string;
  readonly vhost: string;
  readonly managementUrl: string;
  readonly management: RabbitManagement;
}

interface BrokerAddress {
  readonly uri: string;
  readonly managementUrl: string;
}

/** A suite on the shared broker; it is there once the tests and hooks of the suite run. */
export function describeWithRabbit(name: string, suite: (rabbit: () => SharedRabbit) => void): void {
  const means = provision(RABBITMQ);
  describeUnless(means.kind === 'absent' ? means.reason : undefined, name, () => {
    let shared: SharedRabbit | undefined;
    beforeAll(async () => {
      shared = await openVirtualHost(await oncePerRun('rabbitmq', sharedBroker, RABBIT_TIMEOUT));
    }, RABBIT_TIMEOUT);
    afterAll(async () => {
      await shared?.management.deleteVhost(shared.vhost);
    });
    suite(() => shared ?? notYet());
  });
}

/** A suite that kills and restarts brokers, got from {@link startRabbit}. */
export function describeWithOwnRabbit(name: string, suite: () => void): void {
  const means = provision(RABBITMQ);
  const isForeign = means.kind === 'url' && RABBITMQ.program() === undefined;
  const foreign = `${RABBITMQ.variable} leads to a broker that tests may not kill, and no other is installed`;
  describeUnless(means.kind === 'absent' ? means.reason : isForeign ? foreign : undefined, name, suite);
}

/** Starts a broker of one's own; whoever starts it stops it. */
export function startRabbit(): Promise<RabbitBroker> {
  return started(prepareRabbit, (broker) => broker.stop());
}

/** Chooses the ports of a broker that is yet to be started. */
export async function prepareRabbit(): Promise<RabbitBroker> {
  const means = provision(RABBITMQ);
  const ports = await choosePorts();
  if (means.kind === 'container') return new RabbitContainer(means.engine, means.image, ports);
  const program = RABBITMQ.program();
  if (program === undefined) throw new Error('no RabbitMQ that tests may start: use describeWithOwnRabbit');
  return new RabbitProgram(program, join(runDirectory(), `rabbitmq-${ports.amqp}`), ports);
}

async function sharedBroker(): Promise<BrokerAddress> {
  const means = provision(RABBITMQ);
  if (means.kind === 'url') return { uri: means.url, managementUrl: managementOf(means.url) };
  const { uri, managementUrl } = await startRabbit();
  return { uri, managementUrl };
}

async function openVirtualHost({ uri, managementUrl }: BrokerAddress): Promise<SharedRabbit> {
  const vhost = `hermes-${randomUUID()}`;
  const management = new RabbitManagement(managementUrl);
  await management.addVhost(vhost);
  const own = new URL(uri);
  own.pathname = `/${vhost}`;
  return { uri: own.href, vhost, managementUrl, management };
}

function managementOf(uri: string): string {
  const given = process.env['TEST_RABBITMQ_MANAGEMENT_URL'];
  if (given !== undefined && given !== '') return given;
  const { username, password, hostname } = new URL(uri);
  return `http://${username || 'guest'}:${password || 'guest'}@${hostname}:15672`;
}

async function choosePorts(): Promise<BrokerPorts> {
  return {
    amqp: await freePort(),
    management: await freePort(),
    distribution: await freePort(),
    portMapper: await freePort(),
  };
}

function notYet(): never {
  throw new Error('the broker is there in hooks and tests, not while the suite is being defined');
}
