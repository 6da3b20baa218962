import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of its own for each test of the file. */
export class EmptyFolder {
  path = '';

  constructor() {
    beforeEach(() => {
      this.path = mkdtempSync(join(tmpdir(), 'hermes-cli-'));
    });
    afterEach(() => rmSync(this.path, { recursive: true, force: true }));
  }

  /** Leaves what a server that was started here leaves. */
  leave(content: object | string): void {
    this.#write('local.json', typeof content === 'string' ? content : JSON.stringify(content));
  }

  /** Leaves what `npm start` leaves. */
  leaveSecret(secret: string): void {
    this.#write('secret', secret);
  }

  #write(name: string, text: string): void {
    mkdirSync(join(this.path, '.hermes'), { recursive: true });
    writeFileSync(join(this.path, '.hermes', name), text);
  }
}
