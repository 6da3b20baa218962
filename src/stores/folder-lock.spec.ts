import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderLock } from './folder-lock.js';
import { bootId, startOf } from './process-life.js';

// Elsewhere the system does not tell when a process began.
const describeOnLinux = bootId() === undefined ? describe.skip : describe;

describe('FolderLock', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hermes-lock-'));
  const path = join(folder, 'hermes.lock');
  const other = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1_000)'], { stdio: 'ignore' });
  const pid = Number(other.pid);
  const holder = { pid, host: hostname(), hold: 'other' };
  afterAll(() => {
    other.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  /** Takes the folder and gives it back. @param silence of the holder, seconds */
  async function take(found: object, silence: number): Promise<void> {
    writeFileSync(path, JSON.stringify(found));
    const then = Date.now() / 1_000 - silence;
    utimesSync(path, then, then);
    const lock = new FolderLock(folder);
    await lock.take();
    await lock.release();
  }

  describeOnLinux('that knows more than ids', () => {
    it('says when its process began', async () => {
      const lock = new FolderLock(folder);
      await lock.take();

      expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ boot: bootId(), start: startOf(process.pid) });
      expect(startOf(process.pid)).toMatch(/^\d+$/);
      await lock.release();
      expect(existsSync(path)).toBe(false);
    });

    it('is taken from a process whose id another one has now', async () => {
      await expect(take({ ...holder, boot: bootId(), start: `${startOf(pid)}0` }, 0)).resolves.toBeUndefined();
    });

    it('is taken from a process before the start of the machine, when it has been silent for long', async () => {
      const before = { ...holder, boot: 'another', start: startOf(pid) };

      await expect(take(before, 60)).resolves.toBeUndefined();
      await expect(take(before, 0)).rejects.toThrow('is in use by');
    });
  });

  it('is left to a process that stands still, however long', async () => {
    other.kill('SIGSTOP');

    await expect(take({ ...holder, boot: bootId(), start: startOf(pid) }, 86_400)).rejects.toThrow('is in use by');
    other.kill('SIGCONT');
  });

  it('is left to a process that did not say when it began, and says what to do if that is another', async () => {
    await expect(take(holder, 86_400)).rejects.toThrow(
      `in use by process ${pid} on ${hostname()}; HERMES_POSTGRES_URL is for several processes, ` +
        `and if there is no such process, ${path} may be deleted`,
    );
  });
});
