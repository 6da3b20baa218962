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
  /** A second door, with TLS, for clients that show a certificate and a password. */
  readonly secured?: KafkaDoor;
}

export interface KafkaDoor {
  readonly port: number;
  /** The authority of all certificates, and the certificate of the server followed by its key. */
  readonly authority: string;
  readonly server: string;
  readonly username: string;
  readonly password: string;
}

/** A cluster of one, run straight from its archives on loopback, which a test has to itself. */
export class KafkaProgram {
  readonly address: string;
  /** Of the door with TLS, when there is one. */
  readonly securedAddress: string;
  readonly #settings: string;
  readonly #data: string;
  #server: OwnedProcess | undefined;

  constructor(
    private readonly archives: string,
    private readonly folder: string,
    private readonly ports: KafkaPorts,
  ) {
    this.address = `127.0.0.1:${ports.clients}`;
    this.securedAddress = `127.0.0.1:${ports.secured?.port}`;
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

  /** Where a partition of a topic is on the disk. */
  logOf(topic: string): string {
    return join(this.#data, `${topic}-0`, '00000000000000000000.log');
  }

  /** Ends it as a power cut would; ports and data stay. */
  async kill(): Promise<void> {
    await this.#server?.kill();
  }

  async #format(): Promise<void> {
    const id = randomBytes(16).toString('base64url');
    const { secured } = this.ports;
    const users =
      secured === undefined
        ? []
        : ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => {
            return ['--add-scram', `${mechanism}=[name=${secured.username},password=${secured.password}]`];
          });
    const args = this.#java('kafka.tools.StorageTool', 'format', '-t', id, '-c', this.#settings, ...users);
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

function configuration({ clients, controller, secured }: KafkaPorts, data: string): string {
  const second = secured === undefined ? '' : `,SASL_SSL://127.0.0.1:${secured.port}`;
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=PLAINTEXT://127.0.0.1:${clients},CONTROLLER://127.0.0.1:${controller}${second}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${clients}${second}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL',
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
    // The log cleaner looks for work every fifteen seconds otherwise.
    'log.cleaner.backoff.ms=200',
    'message.max.bytes=20000000',
    ...(secured === undefined ? [] : doorSettings(secured)),
    '',
  ].join('\n');
}

function doorSettings({ authority, server, username, password }: KafkaDoor): readonly string[] {
  const login = 'org.apache.kafka.common.security';
  const settings = {
    'ssl.client.auth': 'required',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': server,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': authority,
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'plain.sasl.jaas.config': `${login}.plain.PlainLoginModule required user_${username}="${escaped(password)}";`,
    'scram-sha-256.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
    'scram-sha-512.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
  };
  return Object.entries(settings).map(([name, value]) => `listener.name.sasl_ssl.${name}=${value}`);
}

/** Files of properties are Latin-1. */
function escaped(text: string): string {
  return text.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
