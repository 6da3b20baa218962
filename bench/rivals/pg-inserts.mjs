import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Rival } from './rival.mjs';

const PROGRAM = fileURLToPath(new URL('../servers/pg-inserts.mjs', import.meta.url));

/** Plain INSERTs of the same rows, ten connections at a time; it delivers nothing to anybody. */
export class PgInserts extends Rival {
  name = 'pg';
  front = 'nothing';
  #lines;

  async start({ postgres }) {
    const server = this.run(process.execPath, [PROGRAM], {
      env: { POSTGRES_URL: postgres.url },
      stdin: 'pipe',
      stdout: 'pipe',
    });
    this.#lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
    await this.#line();
  }

  async insert(work) {
    this.server.stdin.write(`${JSON.stringify(work)}\n`);
    return JSON.parse(await this.#line());
  }

  async #line() {
    const { done, value } = await this.#lines.next();
    if (done) throw new Error(`pg ended: ${this.server.lastWords}`);
    return value;
  }
}
