import { usageOf } from '../machine/usage.mjs';
import { OwnedProcess } from '../machine/owned-process.mjs';

/**
 * What every rival offers the scenarios; each has a file beside this one.
 *
 * - `name`, and `front`: how events reach it, for the table
 * - `absent()`: installs it if it must and may; a sentence when it cannot be had
 * - `start({ broker, env })`: a fresh server; resolves once it takes clients and events
 * - `clients(channel)`: how the load generator gets in, `{ port, path, headers, steps }`
 * - `publisher()`: something with `publish({ channel, event, payload })` and `close()`
 * - `watch(work)`: what the server used meanwhile
 * - `stop()`
 */
export class Rival {
  /** @type {OwnedProcess | undefined} */
  server;
  /** The core that it has to itself, as far as the benchmarks can say; undefined: all of them. */
  core = 0;
  /** When it was measured, in nanoseconds of the monotonic clock: what a profile is about. */
  windows = [];

  absent() {
    return undefined;
  }

  async stop() {
    await this.server?.stop();
    this.server = undefined;
  }

  get memory() {
    return usageOf(this.server.pid).rss;
  }

  /** Processor time and memory of the server, its children included, while `work` goes on. Nanoseconds and bytes. */
  async watch(work) {
    const before = usageOf(this.server.pid);
    const began = Number(process.hrtime.bigint());
    const result = await work();
    const ended = Number(process.hrtime.bigint());
    const after = usageOf(this.server.pid);
    this.windows.push({ began, ended });
    const [cpu, waited, grown] = ['cpu', 'waited', 'rss'].map((key) => after[key] - before[key]);
    return { result, began, wall: ended - began, cpu, waited, grown, rss: after.rss };
  }

  run(program, args, options) {
    this.server = new OwnedProcess(this.name, program, args, { ...options, core: this.core });
    return this.server;
  }
}
