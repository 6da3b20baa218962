import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { AmqpPublisher, EXCHANGE } from '../sources/amqp-publisher.mjs';
import { freePort } from '../machine/free-port.mjs';
import { PATH, subscribe } from './hermes-protocol.mjs';
import { Rival } from './rival.mjs';

export const API_KEY = 'key-of-the-benchmarks';

/** The built product, as `npm start` runs it. */
export class Hermes extends Rival {
  front = 'RabbitMQ';
  #build;
  /** For the dialects that are Hermes again. */
  port;
  uri;

  /** @param build folder with the built product */
  constructor(name, build) {
    super();
    this.name = name;
    this.#build = resolve(build);
  }

  absent() {
    return existsSync(`${this.#build}/main.js`) ? undefined : `no build in ${this.#build}`;
  }

  async start({ broker, env = {}, profile }) {
    this.port = await freePort();
    this.uri = broker.uri;
    const settings = {
      HERMES_PORT: `${this.port}`,
      HERMES_API_KEY: API_KEY,
      HERMES_RABBITMQ_URI: broker.uri,
      HERMES_RABBITMQ_EXCHANGES: EXCHANGE,
      HERMES_LOG_LEVEL: 'error',
      HERMES_DRAIN: '0',
      // No rival pings while it is measured.
      HERMES_PING_INTERVAL: '1h',
    };
    const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
    this.run(process.execPath, [...flags, `${this.#build}/main.js`], { env: { ...settings, ...env } });
    await this.server.until(() => this.#isReady());
  }

  clients(...channels) {
    return { port: this.port, path: PATH, steps: channels.map((channel) => subscribe(channel)) };
  }

  publisher() {
    return AmqpPublisher.open(this.uri);
  }

  /** The sum of a metric over its labels, those that match. */
  async metric(name, labels = '') {
    const text = await (await fetch(`http://127.0.0.1:${this.port}/metrics`)).text();
    return text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .filter((line) => line.includes(labels))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  async #isReady() {
    try {
      return (await fetch(`http://127.0.0.1:${this.port}/health/ready`)).ok;
    } catch {
      return false;
    }
  }
}
