import { once } from 'node:events';
import { connect } from 'node:net';
import { command, upgrade } from './attack.mjs';

const PERIOD = 20;

/** A well-behaved client at another address: what it notices of an attack is the longest wait for an answer. */
export class Bystander {
  #socket;
  #timer;
  #askedAt;
  #waits = [];

  async open({ host, port }) {
    this.#socket = connect({ host, port, localAddress: '127.0.0.2' });
    await once(this.#socket, 'connect');
    this.#socket.write(upgrade('/_ws/subscribe'));
    await once(this.#socket, 'data');
    this.#socket.on('data', () => this.#answered());
    this.#ask();
  }

  /** @returns milliseconds: the longest wait, one that is not over included */
  close() {
    clearTimeout(this.#timer);
    if (this.#askedAt !== undefined) this.#waits.push(performance.now() - this.#askedAt);
    this.#socket.destroy();
    return Math.max(...this.#waits);
  }

  #ask() {
    this.#askedAt = performance.now();
    this.#socket.write(command('handshake'));
  }

  #answered() {
    if (this.#askedAt === undefined) return;
    this.#waits.push(performance.now() - this.#askedAt);
    this.#askedAt = undefined;
    this.#timer = setTimeout(() => this.#ask(), PERIOD);
  }
}
