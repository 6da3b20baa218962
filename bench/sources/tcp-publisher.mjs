import { once } from 'node:events';
import { connect } from 'node:net';

/** Publishes over a TCP connection in whatever protocol `encode` writes: for rivals with an ingest of their own. */
export class TcpPublisher {
  #socket;
  #encode;

  /** @param greeting bytes that open the conversation @param encode makes the bytes of one event */
  static async open(port, greeting, encode) {
    const publisher = new TcpPublisher();
    publisher.#encode = encode;
    publisher.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    publisher.#socket.on('error', () => undefined).resume();
    await once(publisher.#socket, 'connect');
    if (greeting.length > 0) {
      publisher.#socket.write(greeting);
      await once(publisher.#socket, 'data');
    }
    return publisher;
  }

  publish(event) {
    return this.#socket.write(this.#encode(event));
  }

  drained() {
    return once(this.#socket, 'drain');
  }

  close() {
    this.#socket.destroy();
  }
}
