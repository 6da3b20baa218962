import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { OwnedProcess } from '../machine/owned-process.mjs';

const PROGRAM = fileURLToPath(new URL('chat-clients.mjs', import.meta.url));
/** The core that servers leave free. */
const CORE = 1;

/** The chat clients of a scenario: orders go out, figures come back. */
export class ChatLoader {
  #process = new OwnedProcess('chat-clients', process.execPath, [PROGRAM], {
    stdin: 'pipe',
    stdout: 'pipe',
    core: CORE,
  });
  #answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();

  async order(order, details = {}) {
    this.#process.stdin.write(`${JSON.stringify({ order, ...details })}\n`);
    const { done, value } = await this.#answers.next();
    if (done) throw new Error(`the chat clients ended: ${this.#process.lastWords}`);
    const answer = JSON.parse(value);
    if (answer.error !== undefined) throw new Error(`${order}: ${answer.error}; ${this.#process.lastWords}`);
    return answer;
  }

  stop() {
    return this.#process.stop();
  }
}
