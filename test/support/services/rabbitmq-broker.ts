import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '../wait-for.js';
import { OwnedProcess } from './owned-process.js';
import { findProgram } from './provision.js';
import { RabbitManagement } from './rabbitmq-management.js';

/** A broker that a test has to itself. */
export interface RabbitBroker {
  readonly uri: string;
  readonly managementUrl: string;
  readonly management: RabbitManagement;
  /** Ends it as a power cut would; ports and data stay. */
  kill(): Promise<void>;
  /** Starts it unless it runs, again on the same ports, and waits until it answers. */
  start(): Promise<void>;
  /** Ends it for good. */
  stop(): Promise<void>;
  /** Runs the broker's command-line tool. */
  control(...args: readonly string[]): Promise<string>;
}

export interface BrokerPorts {
  readonly amqp: number;
  readonly management: number;
  readonly distribution: number;
  readonly portMapper: number;
}

/** A broker run straight from the installed program, on loopback, with a node name and a port mapper of its own. */
export class RabbitProgram implements RabbitBroker {
  readonly uri: string;
  readonly managementUrl: string;
  readonly management: RabbitManagement;
  readonly #env: Readonly<Record<string, string | undefined>>;
  #portMapper: OwnedProcess | undefined;
  #server: OwnedProcess | undefined;

  constructor(
    private readonly program: string,
    private readonly folder: string,
    ports: BrokerPorts,
  ) {
    this.uri = `amqp://guest:guest@127.0.0.1:${ports.amqp}`;
    this.managementUrl = `http://guest:guest@127.0.0.1:${ports.management}`;
    this.management = new RabbitManagement(this.managementUrl);
    this.#env = environment(folder, ports);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'rabbitmq.conf'), configuration(ports));
    writeFileSync(join(folder, 'enabled_plugins'), '[rabbitmq_management].\n');
  }

  async start(): Promise<void> {
    if (this.#server?.running) return;
    const { ERL_EPMD_ADDRESS: address, ERL_EPMD_PORT: port } = this.#env;
    this.#portMapper ??= this.#run(findProgram('epmd') ?? 'epmd', ['-address', `${address}`, '-port', `${port}`]);
    const server = (this.#server = this.#run(this.program, []));
    await waitFor(
      'RabbitMQ to answer',
      async () => {
        if (!server.running) return 'ended';
        return (await this.management.answers()) && 'ready';
      },
      { timeout: 180_000, interval: 100 },
    );
    if (!server.running) throw new Error(`RabbitMQ ended while it started:\n${server.lastWords}`);
  }

  async kill(): Promise<void> {
    await this.#server?.kill();
  }

  async stop(): Promise<void> {
    await this.#server?.kill();
    await this.#portMapper?.kill();
    this.#portMapper = undefined;
  }

  async control(...args: readonly string[]): Promise<string> {
    const tool = join(dirname(this.program), 'rabbitmqctl');
    const { stdout } = await promisify(execFile)(tool, ['--quiet', ...args], { env: { ...this.#env } });
    return stdout;
  }

  #run(program: string, args: readonly string[]): OwnedProcess {
    return new OwnedProcess(program, args, { env: this.#env, output: join(this.folder, 'output') });
  }
}

function environment(folder: string, ports: BrokerPorts): Readonly<Record<string, string | undefined>> {
  return {
    PATH: process.env['PATH'],
    LANG: 'C.UTF-8',
    HOME: folder,
    HOSTNAME: 'localhost',
    RABBITMQ_NODENAME: `hermes${ports.amqp}@localhost`,
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(ports.portMapper),
    RABBITMQ_DIST_PORT: String(ports.distribution),
    // The start script then becomes the broker instead of waiting for it, so its end is the end of the broker.
    RUNNING_UNDER_SYSTEMD: 'true',
    // No busy waiting: an idle broker leaves the processor to the tests.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      '-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none',
  };
}

function configuration(ports: BrokerPorts): string {
  return [
    `listeners.tcp.1 = 127.0.0.1:${ports.amqp}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${ports.management}`,
    'collect_statistics_interval = 1000',
    'disk_free_limit.absolute = 1MB',
    '',
  ].join('\n');
}
