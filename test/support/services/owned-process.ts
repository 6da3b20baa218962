import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runDirectory, writeWhole } from './run-directory.js';

export interface OwnedProcessOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** File that gets what the program prints. */
  readonly output: string;
}

/** A program of this run: in a process group of its own, and written down so that the guardian can end it. */
export class OwnedProcess {
  readonly #child: ChildProcess;
  readonly #record: string;
  readonly #gone: Promise<void>;
  #running = true;

  constructor(
    program: string,
    args: readonly string[],
    private readonly options: OwnedProcessOptions,
  ) {
    const output = openSync(options.output, 'a');
    this.#child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', output, output],
      env: { ...options.env, TEST_SERVICE_OF: runDirectory() },
    });
    closeSync(output);
    this.#record = join(runDirectory(), 'owned', `${this.#child.pid}.json`);
    if (this.#child.pid !== undefined) writeWhole(this.#record, { pid: this.#child.pid });
    this.#gone = new Promise((resolve) => {
      this.#child.once('error', resolve).once('exit', resolve);
    }).then(() => {
      this.#running = false;
      rmSync(this.#record, { force: true });
    });
    this.#child.unref();
  }

  get running(): boolean {
    return this.#running;
  }

  /** The end of what it printed, for the message of a failure. */
  get lastWords(): string {
    return readFileSync(this.options.output, 'utf8').slice(-2_000);
  }

  /** Ends the whole group as a power cut would. */
  async kill(): Promise<void> {
    if (!this.#running || this.#child.pid === undefined) return;
    this.#child.ref();
    process.kill(-this.#child.pid, 'SIGKILL');
    await this.#gone;
  }
}
