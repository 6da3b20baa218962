import { fileURLToPath } from 'node:url';
import { freePort, accepts } from '../machine/free-port.mjs';
import { AmqpPublisher, EXCHANGE } from '../sources/amqp-publisher.mjs';
import { PATH, subscribe } from './hermes-protocol.mjs';
import { Rival } from './rival.mjs';

const PROGRAM = fileURLToPath(new URL('../servers/ws-loop.mjs', import.meta.url));

/** The hand-written loop of amqplib and ws. */
export class WsLoop extends Rival {
  name = 'ws-loop';
  front = 'RabbitMQ';
  #port;
  #uri;

  async start({ broker }) {
    this.#port = await freePort();
    this.#uri = broker.uri;
    const env = { PORT: `${this.#port}`, AMQP_URI: broker.uri, EXCHANGE };
    const server = this.run(process.execPath, [PROGRAM], { env });
    await server.until(() => server.lastWords.includes('ready') && accepts(this.#port));
  }

  clients(...channels) {
    return { port: this.#port, path: PATH, steps: channels.map((channel) => subscribe(channel)) };
  }

  publisher() {
    return AmqpPublisher.open(this.#uri);
  }
}
