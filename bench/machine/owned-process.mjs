import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findProgram } from './install.mjs';

/** With a single core there is nothing to keep apart. */
const CAN_PIN = cpus().length > 1 && findProgram('taskset') !== undefined;

/**
 * A program of this run, in a process group of its own. It is written down, and carries the mark, by which the guardian
 * of the tests ends whatever a run leaves behind, so that nothing outlives the benchmark however that ends.
 */
export class OwnedProcess {
  #child;
  #gone;
  #output;

  /**
   * @param options `stdin` and `stdout` may be `pipe`, what is not piped goes to a file in the folder of the run; `core`
   *   keeps the program on one core, where the machine has another for the rest
   */
  constructor(name, program, args, { env = {}, cwd, stdin = 'ignore', stdout = 'file', core } = {}) {
    this.name = name;
    this.#output = join(mark(), `${name.replaceAll('/', '_')}-${Date.now()}.log`);
    const file = openSync(this.#output, 'a');
    const pinned = core !== undefined && CAN_PIN;
    const command = pinned ? ['taskset', '--cpu-list', `${core}`, program, ...args] : [program, ...args];
    this.#child = spawn(command[0], command.slice(1), {
      detached: true,
      cwd: cwd ?? mark(),
      stdio: [stdin, stdout === 'file' ? file : stdout, file],
      env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8', ...env, TEST_SERVICE_OF: mark() },
    });
    closeSync(file);
    this.running = true;
    const record = join(mark(), 'owned', `${this.pid}.json`);
    writeFileSync(record, JSON.stringify({ pid: this.pid }));
    this.#gone = new Promise((resolve) => this.#child.once('error', resolve).once('exit', resolve)).then(() => {
      this.running = false;
      rmSync(record, { force: true });
    });
  }

  get pid() {
    return this.#child.pid;
  }

  get stdin() {
    return this.#child.stdin;
  }

  get stdout() {
    return this.#child.stdout;
  }

  /** The end of what it printed, for the message of a failure. */
  get lastWords() {
    return readFileSync(this.#output, 'utf8').slice(-2_000);
  }

  signal(name) {
    if (this.running) process.kill(this.pid, name);
  }

  /** Asks it to end, and ends it when it does not. */
  async stop(patience = 3_000) {
    this.signal('SIGTERM');
    await Promise.race([this.#gone, pause(patience, undefined, { ref: false })]);
    if (this.running) process.kill(-this.pid, 'SIGKILL');
    await this.#gone;
  }

  /** Waits until `ready` says so. @throws when the program ends before, with its last words */
  async until(ready, patience = 30_000) {
    const end = Date.now() + patience;
    for (;;) {
      if (!this.running) throw new Error(`${this.name} ended while it started:\n${this.lastWords}`);
      if (await ready()) return;
      if (Date.now() > end) throw new Error(`${this.name} was not ready within ${patience} ms:\n${this.lastWords}`);
      await pause(20);
    }
  }
}

/** The folder of the run; inherited by all that a program starts. */
function mark() {
  return process.env.TEST_RUN_DIRECTORY;
}
