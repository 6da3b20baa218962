import { fileURLToPath } from 'node:url';
import { accepts, freePort } from '../machine/free-port.mjs';
import { installNodePackages } from '../machine/install.mjs';
import { AmqpPublisher, EXCHANGE } from '../sources/amqp-publisher.mjs';
import { Rival } from './rival.mjs';

const FOLDER = fileURLToPath(new URL('..', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../servers/socket-io.mjs', import.meta.url));

/** Socket.IO 4.8, broadcasting to a room. */
export class SocketIo extends Rival {
  name = 'socket.io';
  front = 'RabbitMQ';
  #port;
  #uri;

  absent() {
    try {
      installNodePackages(FOLDER, 'socket.io');
      return undefined;
    } catch (error) {
      return `it could not be installed: ${error.message.split('\n')[0]}`;
    }
  }

  async start({ broker }) {
    this.#port = await freePort();
    this.#uri = broker.uri;
    const env = { PORT: `${this.#port}`, AMQP_URI: broker.uri, EXCHANGE };
    const server = this.run(process.execPath, [PROGRAM], { env });
    await server.until(() => server.lastWords.includes('ready') && accepts(this.#port));
  }

  clients(...channels) {
    const steps = [
      // Engine.IO speaks first; then `40` opens the namespace, and `42` is an event.
      { send: '', expect: '"sid"' },
      { send: '40', expect: '40{' },
      ...channels.map((channel) => ({ send: `42["subscribe","${channel}"]`, expect: '"subscribed"' })),
    ];
    return { port: this.#port, path: '/socket.io/?EIO=4&transport=websocket', steps };
  }

  publisher() {
    return AmqpPublisher.open(this.#uri);
  }
}
