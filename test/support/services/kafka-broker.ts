import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '../wait-for.js';
import { OwnedProcess } from './owned-process.js';

export interface KafkaPorts {
  readonly clients: number;
  readonly controller: number;
}

/** A cluster of one, run straight from its archives on loopback, which a test has to itself. */
export class KafkaProgram {
  readonly address: string;
  readonly #settings: string;
  readonly #data: string;
  #server: OwnedProcess | undefined;

  constructor(
    private readonly archives: string,
    private readonly folder: string,
    private readonly ports: KafkaPorts,
  ) {
    this.address = `127.0.0.1:${ports.clients}`;
    this.#settings = join(folder, 'server.properties');
    this.#data = join(folder, 'data');
    mkdirSync(folder, { recursive: true });
    writeFileSync(this.#settings, configuration(ports, this.#data));
  }

  /** Starts it unless it runs, again on the same ports and with the same data, and waits until it takes connections. */
  async start(): Promise<void> {
    if (this.#server?.running) return;
    if (!existsSync(this.#data)) await this.#format();
    const server = (this.#server = new OwnedProcess('java', this.#java('kafka.Kafka', this.#settings), {
      env: environment(),
      output: join(this.folder, 'output'),
    }));
    await waitFor(
      'Kafka to answer',
      async () => {
        if (!server.running) return 'ended';
        return (await answers(this.ports.clients)) && 'ready';
      },
      { timeout: 180_000, interval: 50 },
    );
    if (!server.running) throw new Error(`Kafka ended while it started:\n${server.lastWords}`);
  }

  /** Ends it as a power cut would; ports and data stay. */
  async kill(): Promise<void> {
    await this.#server?.kill();
  }

  async #format(): Promise<void> {
    const id = randomBytes(16).toString('base64url');
    const args = this.#java('kafka.tools.StorageTool', 'format', '-t', id, '-c', this.#settings);
    await promisify(execFile)('java', args, { env: environment() });
  }

  #java(main: string, ...args: readonly string[]): readonly string[] {
    return [
      '-Xmx256m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      '-cp',
      join(this.archives, '*'),
      main,
      ...args,
    ];
  }
}

function environment(): Readonly<Record<string, string | undefined>> {
  return { PATH: process.env['PATH'], LANG: 'C.UTF-8', JAVA_HOME: process.env['JAVA_HOME'] };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function configuration({ clients, controller }: KafkaPorts, data: string): string {
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=PLAINTEXT://127.0.0.1:${clients},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${clients}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT',
    `log.dirs=${data}`,
    // As many clusters have it: whoever only asks for a topic must not bring it about.
    'auto.create.topics.enable=true',
    'num.partitions=1',
    'offsets.topic.num.partitions=1',
    'offsets.topic.replication.factor=1',
    'transaction.state.log.num.partitions=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    // A broker that was killed is otherwise held for alive for as long after its return.
    'broker.session.timeout.ms=3000',
    'broker.heartbeat.interval.ms=500',
    '',
  ].join('\n');
}
