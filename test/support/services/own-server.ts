import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { waitFor } from '../wait-for.js';
import { OwnedProcess } from './owned-process.js';

/** What tells one server from another. */
export interface ServerTraits {
  /** What it is called in sentences. */
  readonly title: string;
  readonly url: string;
  /** Where it keeps what it has, and what it prints. */
  readonly folder: string;
  /** The program and its arguments. */
  readonly command: readonly [program: string, ...args: string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it takes requests. */
  readonly answers: () => Promise<boolean>;
  /** Milliseconds between two askings: 10 unless it says otherwise. */
  readonly interval?: number;
}

/** A server that is one small program and that tests have to themselves, on loopback, in a folder of its own. */
export abstract class OwnServer {
  readonly url: string;
  #process: OwnedProcess | undefined;

  protected constructor(private readonly traits: ServerTraits) {
    this.url = traits.url;
    mkdirSync(traits.folder, { recursive: true });
  }

  /** Starts it unless it runs, again on the same port and in the same folder, and waits until it answers. */
  async start(): Promise<void> {
    if (this.running) return;
    const { title, folder, command, env, answers, interval = 10 } = this.traits;
    const [program, ...args] = command;
    const server = (this.#process = new OwnedProcess(program, args, {
      env: { PATH: process.env['PATH'], HOME: folder, ...env },
      output: join(folder, 'output'),
    }));
    await waitFor(`${title} to answer`, async () => !server.running || (await answers()), {
      timeout: 60_000,
      interval,
    });
    if (!server.running) throw new Error(`${title} ended while it started:\n${server.lastWords}`);
  }

  /** Ends it as a power cut would; its port and its folder stay. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  protected get running(): boolean {
    return this.#process?.running ?? false;
  }
}

/** Whether the first thing that a server says on a connection, by itself or to this greeting, means that it is ready. */
export function saysOn(port: number, greeting: string, isReady: (data: Buffer) => boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(greeting));
    const answer = (value: boolean): void => {
      socket.destroy();
      resolve(value);
    };
    socket.once('data', (data) => answer(isReady(data))).once('error', () => answer(false));
  });
}
