import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { built, emptyFolder, PRODUCT_TIMEOUT, ROOT } from '../support/hermes/product.js';
import { freePort } from '../support/services/free-port.js';
import { runDirectory } from '../support/services/run-directory.js';
import { waitFor } from '../support/index.js';

const UP = { timeout: 120_000 };

/** A copy of the built product: `npm start` works in the folder of its package.json. */
function copyOfProduct(): string {
  const folder = emptyFolder();
  for (const part of ['package.json', 'scripts', 'dist'])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** How many processes there are with this in their environment, which all inherit. */
function processesWith(mark: string): number {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.filter((id) => {
    try {
      const isOurs = readFileSync(`/proc/${id}/environ`, 'utf8').includes(mark);
      return isOurs && !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${id}/status`, 'utf8'));
    } catch {
      return false;
    }
  }).length;
}

/** Other systems have no list of processes that one could read here; the port says the same. */
const canCount = process.platform === 'linux';

describe('npm start, ended by whoever started it', () => {
  let npm: ChildProcess;

  beforeAll(() => built(), PRODUCT_TIMEOUT);

  afterEach(() => npm.kill('SIGKILL'));

  it.each<[NodeJS.Signals, Record<string, string>]>([
    ['SIGTERM', {}],
    ['SIGKILL', {}],
    ['SIGTERM', { HERMES_WORKERS: '2' }],
    ['SIGKILL', { HERMES_WORKERS: '2' }],
  ])(
    'by %s to npm alone, with %j, leaves no process and no port behind',
    async (signal, settings) => {
      const port = await freePort();
      const mark = `TEST_NPM_START=${randomUUID()}`;
      npm = spawn('npm', ['start'], {
        cwd: copyOfProduct(),
        env: {
          PATH: process.env['PATH'],
          HOME: process.env['HOME'],
          HERMES_PORT: String(port),
          HERMES_GRPC_PORT: '0',
          HERMES_DATA_DIR: '',
          ...settings,
          [mark.split('=')[0] ?? '']: mark.split('=')[1],
          TEST_SERVICE_OF: runDirectory(),
        },
        stdio: 'ignore',
      });
      const answers = (): Promise<boolean> =>
        fetch(`http://127.0.0.1:${port}/health/live`).then(
          ({ ok }) => ok,
          () => false,
        );
      await waitFor('Hermes to answer', answers, UP);
      npm.kill(signal);
      await waitFor('the port to be free', async () => !(await answers()), UP);
      if (canCount) await waitFor('every process to be gone', () => processesWith(mark) === 0, UP);
      expect(await answers()).toBe(false);
    },
    PRODUCT_TIMEOUT,
  );
});
