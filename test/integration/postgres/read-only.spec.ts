import { ChatStoreUnavailable } from '../../../src/chat/model/index.js';
import type { PostgresChatStore } from '../../../src/chat/postgres/index.js';
import { describeWithOwnPostgres, preparePostgres, waitFor } from '../../support/index.js';
import { creation, openStore, writeOne } from '../../support/chat/index.js';
import { runOn } from './run-on.js';

describeWithOwnPostgres('a server that only reads', () => {
  let server: Awaited<ReturnType<typeof preparePostgres>>;
  beforeAll(async () => {
    server = await preparePostgres();
    await server.start();
  }, 60_000);
  afterAll(() => server.kill());

  /** What connections that are there do from now on, and new ones too unless something else was set for them. */
  const readOnly = async (value: 'on' | 'off'): Promise<void> => {
    await runOn(server.url, `alter system set default_transaction_read_only = ${value}`, 'select pg_reload_conf()');
  };
  const write = (store: PostgresChatStore): Promise<unknown> => writeOne(store, creation('ann', []));
  const refusal = (store: PostgresChatStore): Promise<unknown> =>
    waitFor('a refusal', () =>
      write(store).then(
        () => undefined,
        (error: unknown) => error,
      ),
    );

  it('is away, and is there again when it writes', async () => {
    const { store, database } = await openStore({ url: server.url });
    await readOnly('on');

    expect(await refusal(store)).toBeInstanceOf(ChatStoreUnavailable);
    await waitFor('trouble to be known', () => store.trouble !== undefined);
    expect(store.trouble).toBe('no database: the database only reads: it is a standby, or was made read-only');
    await readOnly('off');
    await database.ready();
    expect(await write(store)).toMatchObject({ kind: 'written' });
    await database.close();
  }, 60_000);

  it('is left at once, with all its connections, when new ones lead to one that writes', async () => {
    const { store, database } = await openStore({ url: server.url, pool: 5 });
    await Promise.all(Array.from({ length: 5 }, () => store.memberships(['ann'])));
    await runOn(server.url, 'alter database postgres set default_transaction_read_only = off');
    await readOnly('on');

    await refusal(store);
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => write(store)));

    expect(outcomes).toEqual(Array(5).fill(expect.objectContaining({ kind: 'written' })));
    await database.close();
  }, 60_000);
});
