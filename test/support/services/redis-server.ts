import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { waitFor } from '../wait-for.js';
import { OwnedProcess } from './owned-process.js';

/** A Redis that a test has to itself, on loopback. It forgets everything when it ends, unless its arguments say otherwise. */
export class RedisServer {
  readonly url: string;
  #server: OwnedProcess | undefined;

  constructor(
    private readonly program: string,
    private readonly folder: string,
    private readonly port: number,
    /** Further arguments of the program. */
    private readonly args: readonly string[] = [],
  ) {
    this.url = `redis://127.0.0.1:${port}`;
    mkdirSync(folder, { recursive: true });
  }

  /** Starts it unless it runs, again on the same port, and waits until it answers. */
  async start(): Promise<void> {
    if (this.#server?.running) return;
    const fixed = ['--bind', '127.0.0.1', '--port', String(this.port), '--save', '', '--dir', this.folder];
    const server = (this.#server = new OwnedProcess(this.program, [...fixed, ...this.args], {
      env: { PATH: process.env['PATH'], HOME: this.folder },
      output: join(this.folder, 'output'),
    }));
    await waitFor('Redis to answer', async () => !server.running || (await this.#answers()), { timeout: 60_000 });
    if (!server.running) throw new Error(`Redis ended while it started:\n${server.lastWords}`);
  }

  /** Ends it as a power cut would; the port stays. */
  async kill(): Promise<void> {
    await this.#server?.kill();
  }

  /** An error is an answer too, but for the one that it is still loading what it had kept. */
  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1', () => socket.write('PING\r\n'));
      const answer = (value: boolean): void => {
        socket.destroy();
        resolve(value);
      };
      socket.once('data', (data) => answer(!data.toString().startsWith('-LOADING'))).once('error', () => answer(false));
    });
  }
}
