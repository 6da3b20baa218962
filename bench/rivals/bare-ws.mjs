import { fileURLToPath } from 'node:url';
import { accepts, freePort } from '../machine/free-port.mjs';
import { PATH } from './hermes-protocol.mjs';
import { Rival } from './rival.mjs';

const PROGRAM = fileURLToPath(new URL('../servers/bare-ws.mjs', import.meta.url));

/** A `ws` server that does nothing but answer. */
export class BareWs extends Rival {
  name = 'bare-ws';
  front = 'nothing';
  #port;

  async start() {
    this.#port = await freePort();
    const server = this.run(process.execPath, [PROGRAM], { env: { PORT: `${this.#port}` } });
    await server.until(() => accepts(this.#port));
  }

  clients() {
    return { port: this.#port, path: PATH, steps: [] };
  }
}
