import { Database, PostgresConfig, type Migration } from '../../../src/stores/index.js';
import { describeWithPostgres, emptyDatabase, waitFor } from '../../support/index.js';
import { openStore } from '../../support/chat/index.js';
import { runOn } from './run-on.js';

describeWithPostgres('migrations', (url) => {
  const done = (on: string) => runOn(on, 'select feature, name from hermes_migrations order by feature, name');

  it('run once when nodes start at the same moment on an empty database', async () => {
    const empty = await emptyDatabase(url());
    const opened = await Promise.all(Array.from({ length: 4 }, () => openStore({ url: empty })));
    const answers = await Promise.all(opened.map(({ store }) => store.memberships(['ann'])));
    const failures = opened.map(({ database }) => database.stats);
    await Promise.all(opened.map(({ database }) => database.close()));

    expect(answers).toEqual([[], [], [], []]);
    expect(failures).toEqual(failures.map(() => ({ connects: 1, disconnects: 0, failures: 0 })));
    expect(await done(empty)).toEqual([{ feature: 'chat', name: '0001-channels' }]);
  });

  it('run all or not at all, and those of each feature apart', async () => {
    const empty = await emptyDatabase(url());
    const [first, broken]: readonly Migration[] = [
      { name: '1', statements: ['create table one (x int)', 'insert into one values (1)'] },
      { name: '2', statements: ['create table two (x int)', 'insert into nowhere values (1)'] },
    ] as const;
    const database = new Database(Object.assign(new PostgresConfig(), { url: empty }));
    database.expect('fine', [first as Migration]);
    database.expect('broken', [first as Migration, broken as Migration].slice(1));
    database.open();
    await waitFor('the fault to be known', () => database.trouble?.includes('nowhere'));
    await database.close();

    expect(await done(empty)).toEqual([{ feature: 'fine', name: '1' }]);
    expect(await runOn(empty, `select to_regclass('one') as one, to_regclass('two') as two`)).toEqual([
      { one: 'one', two: null },
    ]);
  });

  it('of a later version make an earlier one refuse the database, until it is put right', async () => {
    const empty = await emptyDatabase(url());
    await (await openStore({ url: empty })).database.close();
    await runOn(empty, `insert into hermes_migrations (feature, name) values ('chat', '9999-later')`);
    const database = new Database(Object.assign(new PostgresConfig(), { url: empty }));
    database.expect('chat', [{ name: '0001-channels', statements: [] }]);
    database.open();
    await waitFor('the refusal', () => database.trouble?.includes('the database is newer than this program'));
    await expect(database.run(() => Promise.resolve(1))).rejects.toThrow('9999-later');
    await runOn(empty, `delete from hermes_migrations where name = '9999-later'`);
    await database.ready();
    await database.close();
  });
});
