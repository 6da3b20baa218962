import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { runDirectory, writeWhole } from './run-directory.js';

/** A suite that needs what cannot be had here is skipped, and the summary says why. */
export function describeUnless(reason: string | undefined, name: string, suite: () => void): void {
  if (reason === undefined) {
    describe(name, suite);
    return;
  }
  writeWhole(join(runDirectory(), 'skipped', `${randomUUID()}.json`), { suite: name, reason });
  describe.skip(name, suite);
}
