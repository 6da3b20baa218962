import { fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { utimes } from 'node:fs/promises';
import { Database, PostgresConfig } from '../../../src/stores/index.js';
import { waitFor } from '../../support/index.js';
import { aDataFolder, begun, creation, message, openStore, STORE_TIMEOUT, writeOne } from '../../support/chat/index.js';

describe('a database in this process', () => {
  const lockOf = (folder: string): string => join(folder, 'hermes.lock');

  it(
    'keeps what was written when it is opened again',
    async () => {
      const dataDir = await aDataFolder();
      const first = await openStore({ dataDir });
      const id = await begun(first.store, creation('ann', []));
      await writeOne(first.store, message('ann', id));
      await first.database.close();
      const second = await openStore({ dataDir });

      expect((await second.store.messages(id, { after: 0 }, 10)).items).toHaveLength(1);
      await second.database.close();
    },
    STORE_TIMEOUT,
  );

  it(
    'refuses a folder that is in use, says by whom, and takes it when it is free',
    async () => {
      const dataDir = await aDataFolder();
      const first = await openStore({ dataDir });
      const second = new Database(Object.assign(new PostgresConfig(), { dataDir }));
      second.open();
      await waitFor('the refusal', () => second.trouble?.includes('is in use'));

      expect(second.trouble).toBe(
        `no database: the folder ${dataDir} is in use by process ${process.pid} on ${hostname()}; ` +
          `HERMES_POSTGRES_URL is for several processes, and if there is no such process, ${lockOf(dataDir)} may be deleted`,
      );
      await first.database.close();
      await second.ready();
      await second.close();
      expect(() => readFileSync(lockOf(dataDir))).toThrow('ENOENT');
    },
    STORE_TIMEOUT,
  );

  it(
    'respects a process that runs, and one elsewhere that gives signs of life',
    async () => {
      const dataDir = await aDataFolder();
      const child = fork('-e', ['setInterval(() => 0, 1_000)'], { execArgv: [], stdio: 'ignore' });
      const other = { pid: child.pid, host: hostname(), hold: 'other' };
      writeFileSync(lockOf(dataDir), JSON.stringify(other));
      const database = new Database(Object.assign(new PostgresConfig(), { dataDir }));
      database.open();
      await waitFor('the refusal', () => database.trouble?.includes(`process ${child.pid}`));
      writeFileSync(lockOf(dataDir), JSON.stringify({ ...other, host: 'elsewhere' }));
      await waitFor('the refusal', () => database.trouble?.includes('elsewhere'));
      const longAgo = new Date(Date.now() - 60_000);
      await utimes(lockOf(dataDir), longAgo, longAgo);
      await database.ready();
      expect(database.trouble).toBeUndefined();
      child.kill();
      await database.close();
    },
    STORE_TIMEOUT,
  );

  it.each([
    ['whose process is gone', { pid: 2 ** 22 + 1, host: hostname(), hold: 'x' }],
    ['of an earlier life of this container', { pid: process.pid, host: hostname(), hold: 'x' }],
    ['that is half written', undefined],
  ])(
    'takes a folder with a lock %s',
    async (_, holder) => {
      const dataDir = await aDataFolder();
      writeFileSync(lockOf(dataDir), holder === undefined ? '{' : JSON.stringify(holder));
      const { database } = await openStore({ dataDir });
      expect(database.trouble).toBeUndefined();
      await database.close();
    },
    STORE_TIMEOUT,
  );

  it(
    'does what comes at once one after the other',
    async () => {
      const { store, database } = await openStore({ dataDir: await aDataFolder() });
      const id = await begun(store, creation('ann', []));
      await Promise.all(Array.from({ length: 20 }, () => writeOne(store, message('ann', id))));

      expect((await store.messages(id, { after: 0 }, 100)).items.map(({ position }) => position)).toEqual(
        Array.from({ length: 20 }, (_, index) => index + 2),
      );
      await database.close();
    },
    STORE_TIMEOUT,
  );

  it(
    'keeps what was written when its process is killed',
    async () => {
      const dataDir = await aDataFolder();
      const script = `
      import('@electric-sql/pglite').then(async ({ PGlite }) => {
        const database = await PGlite.create(${JSON.stringify(join(dataDir, 'postgres'))});
        await database.query('create table kept (value int)');
        for (let value = 1; ; value++) {
          await database.query('insert into kept values ($1)', [value]);
          process.send(value);
        }
      })`;
      const child = fork('-e', [script], { execArgv: [], stdio: 'ignore' });
      let acknowledged = 0;
      child.on('message', (value) => (acknowledged = Number(value)));
      await waitFor('some to be written', () => acknowledged > 50, { timeout: STORE_TIMEOUT });
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
      const { database } = await openStore({ dataDir });
      const { rows } = await database.run((db) =>
        sql<{ most: number }>`select max(value) as most from kept`.execute(db),
      );
      await database.close();

      expect(rows[0]?.most).toBeGreaterThanOrEqual(acknowledged);
    },
    STORE_TIMEOUT,
  );
});
