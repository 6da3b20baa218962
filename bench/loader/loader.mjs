import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../machine/install.mjs';
import { OwnedProcess } from '../machine/owned-process.mjs';

const SOURCE = fileURLToPath(new URL('loader.c', import.meta.url));
const CACHE = fileURLToPath(new URL('../.cache/', import.meta.url));
const PROGRAM = `${CACHE}loader`;

/** Clients are elsewhere in life: here at least on another core than the server, or one waits for the other. */
const CORE = 1;

/** Compiles the load generator when it is missing or older than its source. */
export function buildLoader() {
  if (existsSync(PROGRAM) && statSync(PROGRAM).mtimeMs > statSync(SOURCE).mtimeMs) return;
  const compiler = findProgram('cc') ?? findProgram('gcc') ?? findProgram('clang');
  if (compiler === undefined)
    throw new Error('the load generator is a C program and there is no compiler: install gcc (or clang) as cc');
  mkdirSync(CACHE, { recursive: true });
  const { status, stderr } = spawnSync(compiler, ['-O2', '-Wall', '-Wextra', '-o', PROGRAM, SOURCE], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the load generator does not compile:\n${stderr}`);
}

/** The clients of a run: a process of their own, told what to do in JSON lines. Measures in nanoseconds. */
export class Loader {
  #process;
  #answers;

  constructor() {
    this.#process = new OwnedProcess('loader', PROGRAM, [], { stdin: 'pipe', stdout: 'pipe', core: CORE });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    // A loader that ended is noticed by whoever waits for its answer.
    this.#process.stdin.on('error', () => undefined);
  }

  /**
   * Opens connections and takes each through the steps of the rival: the next step once the last is answered.
   *
   * @throws when not all of them get there
   */
  async connect(count, { port, path, headers = '', steps }, options = {}) {
    this.#tell({ do: 'forget' });
    for (const { send, expect = '', times = expect === '' ? 0 : 1, opcode = 1 } of steps)
      this.#tell({ do: 'step', opcode, send: base64(send), expect: base64(expect), times });
    const request = { path: base64(path), headers: base64(headers) };
    const answer = await this.#ask({ do: 'connect', count, port, ...request, milliseconds: 60_000, ...options });
    if (answer.connected !== count)
      throw new Error(`only ${answer.connected} of ${count} clients came through, ${answer.failed} were refused`);
    return answer;
  }

  /** Forgets what was counted and begins anew. */
  measure() {
    this.#tell({ do: 'measure' });
  }

  /** Waits until so many deliveries were counted since {@link measure}, or the time is over. */
  deliveries(count, milliseconds) {
    return this.#ask({ do: 'await', deliveries: count, milliseconds });
  }

  /** Latencies in microseconds, times in nanoseconds of the monotonic clock. */
  report() {
    return this.#ask({ do: 'report' });
  }

  stall(first, count) {
    this.#tell({ do: 'stall', first, count });
  }

  /** Sends a command over and over from `count` connections, with a window of them in flight on each. */
  flood({ send, expect }, { first = 0, count, window, milliseconds }) {
    return this.#ask({ do: 'flood', send: base64(send), expect: base64(expect), first, count, window, milliseconds });
  }

  /** Sends a command every `pause` microseconds from one connection; the round trips are in the next report. */
  probe({ send, expect }, { first = 0, goal, pause, milliseconds }) {
    return this.#ask({ do: 'probe', send: base64(send), expect: base64(expect), first, goal, pause, milliseconds });
  }

  async stop() {
    this.#process.stdin.end();
    await this.#process.stop();
  }

  #tell(command) {
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
  }

  async #ask(command) {
    this.#tell(command);
    const { value } = await this.#answers.next();
    if (value === undefined) throw new Error(`the load generator ended: ${this.#process.lastWords}`);
    return JSON.parse(value);
  }
}

function base64(text) {
  return Buffer.from(text).toString('base64');
}
