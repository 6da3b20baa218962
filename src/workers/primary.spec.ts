import cluster from 'node:cluster';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Primary } from './primary.js';

const ADDRESS = { address: '127.0.0.1', family: 'IPv4', port: 8080 };
const STARTED = `process.send({ hermes: 'started', address: ${JSON.stringify(ADDRESS)} });`;

/** With processes of its own, of which the test says what they do. */
describe('Primary', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hermes-primary-'));
  let logged: unknown[];
  let primary: Primary;

  beforeEach(() => (logged = []));

  afterEach(() => {
    primary.kill();
    cluster.removeAllListeners();
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  function aPrimary(worker: string): Primary {
    const exec = join(folder, 'worker.cjs');
    writeFileSync(exec, worker);
    cluster.setupPrimary({ exec, execArgv: [] });
    const log = (event: unknown): void => void logged.push(event);
    return (primary = new Primary({
      workers: 2,
      environment: {},
      logger: { log, warn: log, error: log },
      patience: 200,
    }));
  }

  it('stops when all workers have ended', async () => {
    aPrimary(`process.on('SIGTERM', () => process.exit(0)); ${STARTED}`);
    expect(await primary.start()).toEqual(ADDRESS);
    await primary.stop();

    expect(Object.values(cluster.workers ?? {}).filter((worker) => !worker?.isDead())).toEqual([]);
    expect(logged).toEqual([]);
  });

  it('ends workers that do not stop in time', async () => {
    aPrimary(`process.on('SIGTERM', () => undefined); ${STARTED}`);
    await primary.start();
    await primary.stop();

    expect(logged).toEqual(['worker.killed']);
  });

  it('takes for no failure that workers end before they have started when it is told to stop', async () => {
    aPrimary('setInterval(() => undefined, 1000);');
    const starting = primary.start();
    await primary.stop();

    expect(await starting).toBeUndefined();
  });

  it('fails to start when a worker ends by itself', async () => {
    aPrimary('process.exit(3);');
    await expect(primary.start()).rejects.toThrow('a worker ended with code 3 before it had started');
  });
});
