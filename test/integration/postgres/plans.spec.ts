import { randomUUID } from 'node:crypto';
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import { Client, escapeLiteral, Pool } from 'pg';
import { load } from '../../../src/chat/postgres/batch-load.js';
import { save } from '../../../src/chat/postgres/batch-save.js';
import type { ChannelDraft } from '../../../src/chat/postgres/channel-draft.js';
import { readChannel, readChannels } from '../../../src/chat/postgres/channel-reads.js';
import { readEntries, readMessages } from '../../../src/chat/postgres/entry-reads.js';
import { takeExpired } from '../../../src/chat/postgres/expiry.js';
import {
  readAcquainted,
  readGrownSince,
  readJoinedSince,
  readMembership,
  readMemberships,
} from '../../../src/chat/postgres/member-reads.js';
import type { ChatTables } from '../../../src/chat/postgres/tables.js';
import { ChatConfig } from '../../../src/chat/index.js';
import { judge, type ChatWrite } from '../../../src/chat/model/index.js';
import { PLANS } from '../../../src/stores/engine.js';
import { describeWithPostgres } from '../../support/index.js';
import { begun, creation, firstMessage, message, openStore, reading } from '../../support/chat/index.js';
import { runOn } from './run-on.js';

const MANY = 1_000_000;
const PAGE = 50;

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

interface Cost {
  /** Tables that were read from end to end. */
  readonly whole: readonly string[];
  /** Rows that were looked at, in tables. */
  readonly rows: number;
  /** Pages of 8 KiB. */
  readonly pages: number;
}

describeWithPostgres('queries on a channel with a million messages', (url) => {
  const [ann, bob] = ['ann', 'bob'];
  const [big, small] = [randomUUID(), randomUUID()];
  let queries: CompiledQuery[] = [];
  let db: Kysely<ChatTables>;

  beforeAll(async () => {
    const { store, database } = await openStore({ url: url() });
    await begun(store, creation(ann, [bob], { channelId: small }));
    await begun(store, creation(ann, [bob], { channelId: big }));
    await store.write(Array.from({ length: 10 }, () => message(bob, small)));
    await database.close();
    // No statistics are made for the planner: that is how it stands while a table grows fast.
    await runOn(
      url(),
      `alter table chat_entries set (autovacuum_enabled = off)`,
      `insert into chat_entries (channel_id, position, kind, ordinal, sender, at, id, body, parent)
       select '${big}', n + 1, 'message', n, case n % 2 when 0 then 'ann' else 'bob' end, n, 'm' || n, 'text ' || n, 0
       from generate_series(1, ${MANY}) n`,
      `update chat_channels set position = ${MANY + 1}, newest = ${MANY + 1}, messages = ${MANY} where id = '${big}'`,
      // Many other channels and members, so that reading all of them would show.
      `insert into chat_channels (id, type, name, strategy, ttl, creator, created_at, position, changed_at)
       select gen_random_uuid(), 'GROUP', '', 'DURABLE', 0, 'x', 0, 1, now() - interval '1 day' from generate_series(1, 20000)`,
      `insert into chat_members (channel_id, user_id, may_read, may_write, may_manage, joined, seat, delivered, read,
         read_messages, own, joined_at)
       select id, 'user-' || n, true, true, true, 1, n, 0, 0, 0, '{}', now() - interval '1 day'
       from chat_channels, generate_series(1, 3) n where creator = 'x'`,
    );
    const pool = new Pool({ connectionString: url(), types: { getTypeParser: () => parsed as never } });
    db = new Kysely<ChatTables>({
      dialect: new PostgresDialect({ pool }),
      log: ({ query }) => void queries.push(query as CompiledQuery),
    });
  }, 180_000);
  afterAll(() => db?.destroy());

  /** What the queries of some work cost, with the plans that are kept for prepared statements; nothing is changed. */
  async function costOf(work: () => Promise<unknown>): Promise<Cost> {
    queries = [];
    await work();
    const asked = queries.filter(({ sql }) => /^\s*(with|select|insert|update|delete)/i.test(sql));
    const client = new Client({ connectionString: url() });
    await client.connect();
    for (const setting of [...PLANS, 'set plan_cache_mode = force_generic_plan', 'begin']) await client.query(setting);
    const nodes: PlanNode[] = [];
    let pages = 0;
    for (const [index, { sql, parameters }] of asked.entries()) {
      await client.query(`prepare q${index} as ${sql}`);
      const values = parameters.map((value) => (value === null ? 'null' : escapeLiteral(String(value)))).join(', ');
      const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
        `explain (analyze, buffers, format json) execute q${index}${values === '' ? '' : `(${values})`}`,
      );
      const plan = rows[0]?.['QUERY PLAN'][0]?.Plan as PlanNode;
      pages += plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
      nodes.push(...nodesOf(plan));
    }
    await client.query('rollback');
    await client.end();
    const reads = nodes.filter((node) => node['Relation Name'] !== undefined && node['Node Type'] !== 'ModifyTable');
    return {
      whole: reads.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'] ?? ''),
      rows: reads.reduce((sum, node) => sum + rowsOf(node), 0),
      pages,
    };
  }

  const everywhere: readonly [string, number][] = [
    ['at the beginning', 1],
    ['in the middle', MANY / 2],
    ['at the end', MANY - PAGE],
  ];

  it.each(everywhere)('page as fast as in one with ten, %s', async (_, place) => {
    for (const range of [{ after: place }, { before: place + PAGE }]) {
      const cost = await costOf(() => readMessages(db, big, range, PAGE));
      expect(cost).toMatchObject({ whole: [] });
      expect(cost.rows).toBeLessThanOrEqual(PAGE + 1);
      expect(cost.pages).toBeLessThanOrEqual(30);
    }
    const entries = await costOf(() => readEntries(db, big, place, PAGE));
    expect(entries.whole).toEqual([]);
    expect(entries.rows).toBeLessThanOrEqual(2 * PAGE + 2);
    expect(entries.pages).toBeLessThanOrEqual(5 * PAGE);
    const few = await costOf(() => readEntries(db, small, 0, PAGE));
    expect(few.whole).toEqual([]);
  });

  const reads: readonly [string, () => Promise<unknown>][] = [
    ['a channel', () => readChannel(db, big, ann)],
    ['the channels of a user', () => readChannels(db, ann, 10, undefined)],
    ['the next of them', () => readChannels(db, ann, 10, { changed: Date.now() * 1_000, id: big })],
    ['a membership', () => readMembership(db, big, ann)],
    ['memberships', () => readMemberships(db, [ann, bob, 'nobody'])],
    ['new memberships', () => readJoinedSince(db, [ann, bob], Date.now())],
    ['what has grown', () => readGrownSince(db, Date.now())],
    ['acquaintances', () => readAcquainted(db, ann, [bob, 'nobody'])],
    ['what has expired', () => takeExpired(db)],
  ];

  it.each(reads)('find %s by an index', async (_, read) => {
    const cost = await costOf(read);

    expect(cost.whole).toEqual([]);
    expect(cost.rows).toBeLessThanOrEqual(100);
    expect(cost.pages).toBeLessThanOrEqual(200);
  });

  const change: ChatWrite = { kind: 'edit', by: bob, at: 1, channelId: big, position: 2, body: 'x', attachments: [] };
  const writes: readonly [string, readonly ChatWrite[], number][] = [
    ['messages', [message(ann, big), message(bob, big, { parent: 5_000 }), message(ann, small)], 100],
    ['a change', [change], 100],
    ['a first message', [firstMessage(ann, 'cid')], 100],
    [
      'members',
      [{ kind: 'add', by: ann, at: 1, channelId: big, members: [{ userId: 'dan', permissions: undefined }] }],
      100,
    ],
    ['a mark', [reading(ann, small, 5)], 100],
    // Authors are looked for so far and no farther.
    ['a mark over everything', [reading(ann, big, MANY)], 2_100],
  ];

  it.each(writes)('store %s by indexes', async (_, batch, most) => {
    const cost = await costOf(async () => {
      const undone = new Error('undone');
      const work = db.transaction().execute(async (trx) => {
        const matters = await load(trx, batch);
        for (const { write, draft } of matters) draft?.apply(judge(write, draft, new ChatConfig()).effects);
        await save(trx, [...new Set(matters.flatMap(({ draft }): ChannelDraft[] => (draft ? [draft] : [])))]);
        throw undone;
      });
      await expect(work).rejects.toBe(undone);
    });

    expect(cost.whole).toEqual([]);
    expect(cost.rows).toBeLessThanOrEqual(most);
  });
});

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

function rowsOf(node: PlanNode): number {
  const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Join Filter'] ?? 0);
  return (node['Actual Rows'] + removed) * node['Actual Loops'];
}

/** Enough of the types of PostgreSQL for the queries of the store. */
function parsed(text: string): unknown {
  if (text === 't' || text === 'f') return text === 't';
  if (/^-?\d{1,16}$/.test(text)) return Number(text);
  return /^[[{]/.test(text) ? JSON.parse(text) : text;
}
