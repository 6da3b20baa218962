import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accepts, freePort } from '../machine/free-port.mjs';
import { provide } from '../machine/install.mjs';
import { TcpPublisher } from '../sources/tcp-publisher.mjs';
import { Rival } from './rival.mjs';

const CONNECT = 'CONNECT {"verbose":false,"pedantic":false}\r\n';

/** The NATS server with its WebSocket listener; published to over its own TCP protocol. */
export class Nats extends Rival {
  name = 'nats';
  front = 'NATS over TCP';
  #program;
  #tcp;
  #port;

  absent() {
    const { path, absent } = provide('nats-server', { packages: ['nats-server'] });
    this.#program = path;
    return absent;
  }

  async start() {
    this.#tcp = await freePort();
    this.#port = await freePort();
    const file = join(process.env.TEST_RUN_DIRECTORY, `nats-${this.#port}.conf`);
    const listener = `websocket { host: "127.0.0.1", port: ${this.#port}, no_tls: true }`;
    writeFileSync(file, `host: "127.0.0.1"\nport: ${this.#tcp}\n${listener}\n`);
    await this.run(this.#program, ['-c', file]).until(() => accepts(this.#port));
  }

  clients(...channels) {
    const subscriptions = channels.map((channel, i) => `SUB ${channel} ${i + 1}\r\n`).join('');
    const steps = [{ send: `${CONNECT}${subscriptions}PING\r\n`, expect: 'PONG', opcode: 2 }];
    return { port: this.#port, path: '/', steps };
  }

  publisher() {
    return TcpPublisher.open(
      this.#tcp,
      `${CONNECT}PING\r\n`,
      ({ channel, payload }) => `PUB ${channel} ${payload.length}\r\n${payload}\r\n`,
    );
  }
}
