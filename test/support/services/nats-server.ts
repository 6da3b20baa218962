import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { waitFor } from '../wait-for.js';
import { OwnedProcess } from './owned-process.js';

/** A NATS server that a test has to itself, on loopback, with JetStream in a folder of its own. */
export class NatsServer {
  readonly url: string;
  #server: OwnedProcess | undefined;

  constructor(
    private readonly program: string,
    private readonly folder: string,
    private readonly port: number,
    /** Further arguments of the program. */
    private readonly args: readonly string[] = [],
  ) {
    this.url = `nats://127.0.0.1:${port}`;
    mkdirSync(folder, { recursive: true });
  }

  /** Starts it unless it runs, again on the same port and with the same store, and waits until it answers. */
  async start(): Promise<void> {
    if (this.#server?.running) return;
    const fixed = ['-a', '127.0.0.1', '-p', String(this.port), '-js', '-sd', join(this.folder, 'store')];
    const server = (this.#server = new OwnedProcess(this.program, [...fixed, ...this.args], {
      env: { PATH: process.env['PATH'], HOME: this.folder },
      output: join(this.folder, 'output'),
    }));
    await waitFor('NATS to answer', async () => !server.running || (await this.#answers()), { timeout: 60_000 });
    if (!server.running) throw new Error(`NATS ended while it started:\n${server.lastWords}`);
  }

  /** Ends it as a power cut would; port and store stay. */
  async kill(): Promise<void> {
    await this.#server?.kill();
  }

  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1');
      const answer = (value: boolean): void => {
        socket.destroy();
        resolve(value);
      };
      socket.once('data', () => answer(true)).once('error', () => answer(false));
    });
  }
}
