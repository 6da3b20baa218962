import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PgliteEngine } from './pglite.engine.js';

describe('the folder of the embedded database', () => {
  it('is for nobody else, though it was there before and open to everybody', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'hermes-private-'));
    const folder = join(parent, 'data');
    mkdirSync(folder, { mode: 0o755 });
    const engine = new PgliteEngine(folder);
    await engine.open();

    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await engine.close();
    rmSync(parent, { recursive: true });
  });
});
