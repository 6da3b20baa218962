import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { AmqpPublisher, EXCHANGE } from '../sources/amqp-publisher.mjs';
import { Rival } from './rival.mjs';

const PROGRAM = fileURLToPath(new URL('../servers/amqplib-consume.mjs', import.meta.url));

/** A consumer that does nothing with what it consumes; it says when the event of that name has come. */
export class AmqplibConsume extends Rival {
  name = 'amqplib';
  front = 'RabbitMQ';
  #uri;
  #lines;

  async start({ broker, env }) {
    this.#uri = broker.uri;
    const server = this.run(process.execPath, [PROGRAM], {
      env: { AMQP_URI: broker.uri, EXCHANGE, ...env },
      stdout: 'pipe',
    });
    this.#lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
    await this.#line();
  }

  publisher() {
    return AmqpPublisher.open(this.#uri);
  }

  /** Resolves when the last event has come. */
  async last() {
    await this.#line();
  }

  async #line() {
    const { done } = await this.#lines.next();
    if (done) throw new Error(`amqplib ended: ${this.server.lastWords}`);
  }
}
