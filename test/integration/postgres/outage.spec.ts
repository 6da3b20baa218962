import { Logger } from '@nestjs/common';
import { ChatStoreUnavailable } from '../../../src/chat/model/index.js';
import { ChatConfig } from '../../../src/chat/index.js';
import { PostgresChatStore } from '../../../src/chat/postgres/index.js';
import { Database, PostgresConfig } from '../../../src/stores/index.js';
import { describeWithOwnPostgres, describeWithPostgres, preparePostgres, waitFor } from '../../support/index.js';
import { begun, creation, message, openStore, persistently, positionIn, writeOne } from '../../support/chat/index.js';
import { LogRecorder } from '../../support/log-recorder.js';
import { FreezableWay } from './freezable-way.js';
import { runOn } from './run-on.js';

afterEach(() => Logger.overrideLogger(false));

describeWithOwnPostgres('a server that comes, goes and comes back', () => {
  it('is waited for at the start and after every loss, and nothing acknowledged is lost', async () => {
    const log = LogRecorder.install();
    const server = await preparePostgres();
    const url = server.url.replace('hermes@', 'hermes:geheim@');
    const database = new Database(Object.assign(new PostgresConfig(), { url, timeout: 5_000 }));
    const store = new PostgresChatStore(database, new ChatConfig());
    database.open();
    await waitFor('trouble to be known', () => store.trouble?.includes('ECONNREFUSED'));
    await expect(store.memberships(['ann'])).rejects.toThrow(ChatStoreUnavailable);

    await server.start();
    await database.ready();
    const id = await begun(store, creation('ann', []));
    const stored = new Map<string, number>();
    const over = new AbortController();
    const writing = (async (): Promise<void> => {
      while (!over.signal.aborted) {
        const wish = message('ann', id);
        stored.set(wish.id, positionIn(await persistently(store, wish)));
      }
    })();
    const more = (): Promise<boolean> => {
      const before = stored.size;
      return waitFor('messages to be stored', () => stored.size > before + 20);
    };
    try {
      for (let round = 0; round < 2; round++) {
        await more();
        await server.kill();
        await waitFor('the loss to be known', () => store.trouble !== undefined);
        await server.start();
      }
      await more();
    } finally {
      over.abort();
    }
    await writing;

    const { items: messages } = await store.messages(id, { after: 0 }, 100_000);
    expect(new Map(messages.map((found) => [found.id, found.position]))).toEqual(stored);
    expect(messages.map(({ position }) => position)).toEqual(messages.map((_, index) => index + 2));
    expect(database.stats).toMatchObject({ connects: 3, disconnects: 2 });
    expect(store.stats.failures).toBeGreaterThan(0);
    expect(log.of('database.connected')).toHaveLength(3);
    expect(log.lines.join()).not.toContain('geheim');
    await database.close();
    await server.kill();
  }, 120_000);
});

describeWithPostgres('a server that does not answer', (url) => {
  it('is not waited for beyond the time-out, though the connection stands', async () => {
    const way = await FreezableWay.to(url());
    const { store, database } = await openStore({ url: way.url, timeout: 1_000 });
    const id = await begun(store, creation('ann', []));
    way.freeze();
    const began = performance.now();
    const refusals = await Promise.all(
      Array.from({ length: 30 }, () => writeOne(store, message('ann', id)).catch((error: unknown) => error)),
    );
    const took = performance.now() - began;

    expect(refusals.every((refusal) => refusal instanceof ChatStoreUnavailable)).toBe(true);
    // Not a measurement: without a bound of its own this would last until the system gives up the connection.
    expect(took).toBeLessThan(30_000);
    await waitFor('trouble to be known', () => store.trouble !== undefined);
    way.thaw();
    await database.ready();
    expect((await writeOne(store, message('ann', id))).kind).toBe('written');
    await database.close();
    await way.close();
  });

  it('because somebody holds a lock fails what needs it, and nothing else', async () => {
    const { store, database } = await openStore({ url: url(), timeout: 500 });
    const [id, other] = [await begun(store, creation('ann', [])), await begun(store, creation('ann', []))];
    const holding = runOn(
      url(),
      'begin',
      `select from chat_channels where id = '${id}' for update`,
      'select pg_sleep(3)',
      'rollback',
    );
    await waitFor('the lock', async () => {
      const [row] = await runOn(
        url(),
        `select count(*)::int as n from pg_stat_activity where query like '%pg_sleep(3)%'`,
      );
      return Number(row?.['n']) > 1;
    });

    await expect(writeOne(store, message('ann', id))).rejects.toThrow(ChatStoreUnavailable);
    expect(store.trouble).toBeUndefined();
    expect((await writeOne(store, message('ann', other))).kind).toBe('written');
    expect((await store.messages(id, { after: 0 }, 1)).items).toEqual([]);
    await holding;
    expect((await writeOne(store, message('ann', id))).kind).toBe('written');
    await database.close();
  });

  it('turns away what is more than it may owe', async () => {
    const { store, database } = await openStore({ url: url(), pool: 2, timeout: 15_000 });
    const answers = await Promise.allSettled(Array.from({ length: 1_500 }, () => store.memberships(['ann'])));

    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1_000);
    expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { message: expect.stringContaining('owes too many answers') },
    });
    await database.close();
    await expect(store.memberships(['ann'])).rejects.toThrow('closed');
  });
});
