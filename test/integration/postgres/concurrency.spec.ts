import { randomUUID } from 'node:crypto';
import type { PostgresChatStore } from '../../../src/chat/postgres/index.js';
import type { Database } from '../../../src/stores/index.js';
import { describeWithPostgres } from '../../support/index.js';
import { runOn } from './run-on.js';
import {
  begun,
  creation,
  firstMessage,
  message,
  openStore,
  persistently,
  positionIn,
  said,
  STORE_TIMEOUT,
} from '../../support/chat/index.js';

const STORES = 3;
const WRITERS = 50;
const MESSAGES = 10;
const MANY_KILLS = 50;

describeWithPostgres('many stores on one database', (url) => {
  let opened: { store: PostgresChatStore; database: Database }[] = [];
  beforeAll(async () => {
    opened = await Promise.all(
      Array.from({ length: STORES }, () => openStore({ url: url(), pool: 5, timeout: 15_000 })),
    );
  }, STORE_TIMEOUT);
  afterAll(() => Promise.all(opened.map(({ database }) => database.close())));

  const storeOf = (index: number): PostgresChatStore => (opened[index % STORES] as { store: PostgresChatStore }).store;
  const writers = Array.from({ length: WRITERS }, (_, index) => `writer-${index}`);

  /** Every writer sends all of its messages, each when the one before is stored; positions by the id of the message. */
  async function flood(channelId: string): Promise<ReadonlyMap<string, number>> {
    const stored = new Map<string, number>();
    const write = async (by: string, index: number): Promise<void> => {
      for (let count = 0; count < MESSAGES; count++) {
        const wish = message(by, channelId, { id: `${by}/${count}` });
        stored.set(wish.id, positionIn(await persistently(storeOf(index), wish)));
      }
    };
    await Promise.all(writers.map(write));
    return stored;
  }

  async function logOf(channelId: string): Promise<ReadonlyMap<string, number>> {
    const { items: entries } = await storeOf(0).entries(channelId, 0, 10_000);
    expect(entries[0]?.kind).toBe('membership');
    const messages = entries.slice(1).map((entry) => (entry.kind === 'message' ? entry.message : undefined));
    expect(messages.map((found) => found?.position)).toEqual(messages.map((_, index) => index + 2));
    return new Map(messages.map((found) => [found?.id ?? '', found?.position ?? 0]));
  }

  /** What a test does beside its writers; it ends with the test, whatever becomes of that. */
  let background = new AbortController();

  afterEach(() => background.abort());

  it(`${WRITERS} writers in one channel get positions without a gap, and whoever reads sees none`, async () => {
    const id = await begun(storeOf(0), creation('ann', writers));
    const over = (background = new AbortController());
    const read = async (index: number): Promise<number> => {
      let cursor = 1;
      let gaps = 0;
      while (!over.signal.aborted) {
        for (const entry of (await storeOf(index).entries(id, cursor, 1_000)).items) {
          if (entry.kind !== 'message' || entry.message.position !== cursor + 1) gaps++;
          cursor++;
        }
      }
      return gaps;
    };
    const readers = Promise.all([read(0), read(1)]);
    const stored = await flood(id).finally(() => over.abort());

    expect(await readers).toEqual([0, 0]);
    expect(stored.size).toBe(WRITERS * MESSAGES);
    expect(await logOf(id)).toEqual(stored);
  });

  it('connections that are killed under load lose nothing and double nothing', async () => {
    const id = await begun(storeOf(0), creation('ann', writers));
    let kills = 0;
    const over = (background = new AbortController());
    const killer = (async (): Promise<void> => {
      // Not for ever: on a busy machine the writers would come to nothing between two kills.
      while (!over.signal.aborted && kills < MANY_KILLS) {
        const killed = await runOn(
          url(),
          `select pg_terminate_backend(pid) from pg_stat_activity
           where application_name = 'hermes' and datname = current_database() and state <> 'idle'`,
        );
        kills += killed.length;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    const stored = await flood(id).finally(() => over.abort());
    await killer;

    expect(kills).toBeGreaterThan(0);
    expect(opened.reduce((sum, { database }) => sum + database.stats.failures, 0)).toBeGreaterThan(0);
    expect(await logOf(id)).toEqual(stored);
  });

  it('two who write to one another at the same moment have one private channel', async () => {
    const meet = async (_: unknown, index: number): Promise<void> => {
      const [one, two] = [`one-${index}-${randomUUID()}`, `two-${index}-${randomUUID()}`];
      const outcomes = await Promise.all([
        persistently(storeOf(0), firstMessage(one, two)),
        persistently(storeOf(1), firstMessage(two, one)),
        persistently(storeOf(2), firstMessage(one, two)),
      ]);
      const ids = outcomes.map((outcome) => ('channelId' in outcome ? outcome.channelId : said(outcome)));
      expect(new Set(ids).size).toBe(1);
      expect(await storeOf(0).memberships([one])).toMatchObject([{ head: 4 }]);
      expect(outcomes.map(positionIn).sort()).toEqual([2, 3, 4]);
    };
    await Promise.all(Array.from({ length: 20 }, meet));
  });

  it('batches that begin and use the same channels in any order do not lock one another out', async () => {
    const users = Array.from({ length: 6 }, () => `user-${randomUUID()}`);
    const ids = await Promise.all(users.map((user) => begun(storeOf(0), creation(user, users))));
    const failuresBefore = opened.map(({ database }) => database.stats.failures);
    const any = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;
    const batch = (): Promise<unknown> => {
      const by = any(users);
      const others = users.filter((user) => user !== by);
      const writes = Array.from({ length: 8 }, () =>
        Math.random() < 0.5 ? message(by, any(ids)) : firstMessage(by, any(others)),
      );
      return storeOf(Math.floor(Math.random() * STORES)).write(writes);
    };
    await Promise.all(Array.from({ length: 100 }, batch));

    expect(opened.map(({ database }) => database.stats.failures)).toEqual(failuresBefore);
    // 15 pairs, and the 6 channels in which everybody is.
    const memberships = await storeOf(0).memberships(users);
    expect(new Set(memberships.map(({ channelId }) => channelId)).size).toBeLessThanOrEqual(21);
  });
});
