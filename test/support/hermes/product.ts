import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { SUBSCRIBE_PATH } from '@hermes/protocol';
import { oncePerRun, runDirectory } from '../services/run-directory.js';
import { waitFor } from '../wait-for.js';
import { Client } from './client.js';
import { metricOf, publish } from './http.js';
import type { Publication } from './node.js';

export const ROOT = resolve(__dirname, '../../..');
const START_TIMEOUT = 60_000;
const BUILD_TIMEOUT = 300_000;
/** For hooks that bring a product up, which may have to be built first. */
export const PRODUCT_TIMEOUT = START_TIMEOUT + BUILD_TIMEOUT;

const DEFAULTS = {
  HERMES_PORT: '0',
  // On a busy machine a test may take longer than the time between pings, and would find one among its messages.
  HERMES_PING_INTERVAL: '1h',
};

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One line of the log. */
export interface LogLine extends Record<string, unknown> {
  readonly event?: unknown;
  readonly level?: unknown;
  readonly time?: unknown;
}

export interface ProductOptions {
  /** The working folder; an empty one of its own, unless given. */
  readonly folder?: string;
}

/**
 * The built Hermes as users run it: `node dist/main.js` in a process, an environment and a working folder of its own.
 * The guardian of the run ends it, should the test not come to that.
 */
export class Product {
  /** Resolves when the process has ended and all it printed has been read. */
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #clients: Client[] = [];
  #stdout = '';
  #stderr = '';
  #url = '';

  private constructor(
    environment: Readonly<Record<string, string>>,
    readonly folder: string,
  ) {
    this.#child = spawn(process.execPath, [join(ROOT, 'dist/main.js')], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...DEFAULTS, ...environment, TEST_SERVICE_OF: runDirectory() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.ended = new Promise((ended) => {
      this.#child.once('close', (code, signal) => ended({ code, signal }));
    });
  }

  /** A Hermes that listens; its sources may still be on their way. */
  static async start(
    environment: Readonly<Record<string, string>> = {},
    options: ProductOptions = {},
  ): Promise<Product> {
    const product = await Product.launch(environment, options);
    await waitFor(
      'Hermes to say where it is',
      () => {
        // With what follows it: half of a port would be another port.
        product.#url = /\b(http:\/\/[\d.]+:\d+)\D/.exec(product.stdout)?.[1] ?? '';
        return product.#url !== '' || product.#child.exitCode !== null;
      },
      { timeout: START_TIMEOUT },
    );
    if (product.#url === '') throw new Error(`Hermes ended while it started:\n${product.stdout}${product.stderr}`);
    return product;
  }

  /** A Hermes of which the test does not expect that it comes up. */
  static async launch(
    environment: Readonly<Record<string, string>> = {},
    { folder = emptyFolder() }: ProductOptions = {},
  ): Promise<Product> {
    await built();
    return new Product(environment, folder);
  }

  get url(): string {
    return this.#url;
  }

  get subscribeUrl(): string {
    return `${this.#url.replace('http', 'ws')}${SUBSCRIBE_PATH}`;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What it logged so far; `event` is the name. */
  get log(): readonly LogLine[] {
    // Without the last, of which the rest may be on its way.
    const lines = this.#stdout.split('\n').slice(0, -1);
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
  }

  logged(event: string): Promise<LogLine> {
    return waitFor(`the log event ${event}`, () => this.log.find((line) => line.event === event));
  }

  /** A connected client, ended with the product. */
  async client(options?: Parameters<typeof Client.connect>[1]): Promise<Client> {
    const client = await Client.connect(this.subscribeUrl, options);
    this.#clients.push(client);
    return client;
  }

  get(path: string): Promise<Response> {
    return fetch(this.#url + path);
  }

  async readiness(): Promise<{ status: number; reasons: readonly string[] }> {
    const response = await this.get('/health/ready');
    const { reasons } = (await response.json()) as { reasons: readonly string[] };
    return { status: response.status, reasons };
  }

  async ready(): Promise<void> {
    await waitFor('Hermes to be ready', async () => (await this.readiness()).status === 200, {
      timeout: START_TIMEOUT,
    });
  }

  publish(key: string, ...events: readonly Publication[]): Promise<void> {
    return publish(this.#url, key, events);
  }

  /** The value of one line of `/metrics`; the labels in braces are part of its name. */
  async metric(name: string): Promise<number | undefined> {
    return metricOf(await (await this.get('/metrics')).text(), name);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it whatever it is doing; after this it is gone. */
  async kill(): Promise<void> {
    for (const client of this.#clients) client.socket.terminate();
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

export function emptyFolder(): string {
  return mkdtempSync(join(runDirectory(), 'product-'));
}

/** Brings `dist` up to date with its sources, once a run; a build that is current takes a moment. */
export function built(): Promise<void> {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const build = async (): Promise<void> => {
    const run = promisify(execFile)(process.execPath, [compiler, '-b', 'tsconfig.build.json'], { cwd: ROOT });
    await run.catch(({ stdout }: { stdout: string }) => {
      throw new Error(`the build failed:\n${stdout}`);
    });
  };
  return oncePerRun('build', build, BUILD_TIMEOUT);
}
