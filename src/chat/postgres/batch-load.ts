import { sql, type Transaction } from 'kysely';
import { pairOfWrite, type ChatWrite } from '../model/index.js';
import { beginningsOf, channelIdOfWrite, isMark, isSend, targetOf, usersOf } from './batch-needs.js';
import { ChannelDraft } from './channel-draft.js';
import { memberFactsOf, messageOf, type ChannelRow, type MemberRow, type MessageRow } from './rows.js';
import type { ChatTables } from './tables.js';

type Db = Transaction<ChatTables>;

/** A write, and the channel that it is about. */
export interface Matter {
  readonly write: ChatWrite;
  readonly draft: ChannelDraft | undefined;
}

/** How far authors of what a mark moves over are looked for. */
const FARTHEST = 1_000;

/**
 * Locks the channels that a batch is about and looks up what it is judged by: a fixed number of queries, each with one
 * parameter, whatever the batch. Channels that it may begin are there afterwards, without having begun.
 */
export async function load(db: Db, writes: readonly ChatWrite[]): Promise<readonly Matter[]> {
  const beginnings = beginningsOf(writes);
  if (beginnings.length > 0) await addChannels(db, beginnings);
  const drafts = new Map<string, ChannelDraft>();
  for (const row of await lockChannels(db, writes)) {
    const draft = new ChannelDraft(row);
    drafts.set(row.id, draft);
    if (row.pair !== null) drafts.set(row.pair, draft);
  }
  const matters = writes.map((write) => ({ write, draft: draftOf(write, drafts) }));
  await loadMembers(db, matters);
  await loadSent(db, matters);
  await loadTargets(db, matters);
  await loadPassages(db, matters);
  return matters;
}

function draftOf(write: ChatWrite, drafts: ReadonlyMap<string, ChannelDraft>): ChannelDraft | undefined {
  return drafts.get(pairOfWrite(write) ?? '') ?? drafts.get(channelIdOfWrite(write) ?? '');
}

/** Those that are there already are left alone; one that another transaction is about to begin is waited for. */
async function addChannels(db: Db, beginnings: readonly object[]): Promise<void> {
  await sql`
    insert into chat_channels (id, type, name, strategy, ttl, creator, pair, created_at)
    select id, type, name, strategy, ttl, creator, pair, created_at
    from json_to_recordset(${JSON.stringify(beginnings)}::json) as b (
      id uuid, type text, name text, strategy text, ttl integer, creator text, pair text, created_at bigint
    )
    on conflict do nothing`.execute(db);
}

/** In the order of their ids, so that no two batches wait for one another. */
async function lockChannels(db: Db, writes: readonly ChatWrite[]): Promise<readonly ChannelRow[]> {
  const ids = new Set(writes.flatMap((write) => channelIdOfWrite(write) ?? []));
  const pairs = new Set(writes.flatMap((write) => pairOfWrite(write) ?? []));
  const wanted = JSON.stringify({ ids: [...ids], pairs: [...pairs] });
  const { rows } = await sql<ChannelRow>`
    with wanted as (select ${wanted}::json as w)
    select id, type, name, strategy, ttl, creator, pair, position, newest, messages, members, managers, seats
    from chat_channels
    where id in (
      select value::uuid from wanted, json_array_elements_text(w -> 'ids')
      union select c.id from wanted, json_array_elements_text(w -> 'pairs'), chat_channels c where c.pair = value
    )
    order by id
    for update of chat_channels`.execute(db);
  return rows;
}

async function loadMembers(db: Db, matters: readonly Matter[]): Promise<void> {
  const asked = matters.flatMap(({ write, draft }) =>
    draft?.hasBegun ? usersOf(write).map((user) => ({ channel: draft.channel.id, user })) : [],
  );
  if (asked.length === 0) return;
  const { rows } = await sql<MemberRow>`
    select m.channel_id, m.user_id, m.may_read, m.may_write, m.may_manage, m.joined, m.seat, m.delivered, m.read,
      m.read_messages, to_json(m.own) as own
    from json_to_recordset(${unique(asked)}::json) as i (channel uuid, "user" text)
    join chat_members m on m.channel_id = i.channel and m.user_id = i."user"`.execute(db);
  const drafts = byId(matters);
  for (const row of rows) drafts.get(row.channel_id)?.know(memberFactsOf(row));
}

/** Messages that have been stored under the ids of those that are to be sent. */
async function loadSent(db: Db, matters: readonly Matter[]): Promise<void> {
  const asked = matters.flatMap(({ write, draft }) =>
    draft?.hasBegun && isSend(write) ? [{ channel: draft.channel.id, sender: write.by, id: write.id }] : [],
  );
  if (asked.length === 0) return;
  const { rows } = await sql<MessageRow & { kind: string }>`
    select m.kind, m.channel_id, m.position, m.id, m.sender, m.body, m.parent, m.attachments, m.at, m.edited_at, m.deleted_at
    from json_to_recordset(${unique(asked)}::json) as i (channel uuid, sender text, id text)
    join chat_entries m on m.channel_id = i.channel and m.sender = i.sender and m.id = i.id`.execute(db);
  // Whether it can still be read is found out by its position, where that matters.
  know(matters, rows, false);
}

/** Messages that are to be edited, deleted or answered. */
async function loadTargets(db: Db, matters: readonly Matter[]): Promise<void> {
  const asked = matters.flatMap(({ write, draft }) => {
    const position = targetOf(write);
    return draft?.hasBegun && position !== undefined ? [{ channel: draft.channel.id, position }] : [];
  });
  if (asked.length === 0) return;
  const { rows } = await sql<MessageRow>`
    select m.channel_id, m.position, m.id, m.sender, m.body, m.parent, m.attachments, m.at, m.edited_at, m.deleted_at
    from json_to_recordset(${unique(asked)}::json) as i (channel uuid, position bigint)
    join chat_entries m on m.channel_id = i.channel and m.position = i.position
    where m.kind = 'message' and (m.expires_at is null or m.expires_at > clock_timestamp())`.execute(db);
  know(matters, rows, true);
}

interface PassageRow {
  readonly channel: string;
  readonly user: string;
  readonly mark: string;
  readonly position: number;
  readonly messages: number | null;
  readonly senders: readonly { readonly sender: string; readonly last: number }[] | null;
}

/**
 * What lies between marks and where they shall move. Messages are counted by the entry at the position or, when that is
 * not kept, by the next one that is.
 */
async function loadPassages(db: Db, matters: readonly Matter[]): Promise<void> {
  const asked = matters.flatMap(({ write, draft }) => {
    if (!draft?.hasBegun || !isMark(write)) return [];
    const position = Math.min(write.position, draft.channel.position);
    return [{ channel: draft.channel.id, user: write.by, mark: write.mark, position }];
  });
  if (asked.length === 0) return;
  const { rows } = await sql<PassageRow>`
    select i.channel, i."user", i.mark, i.position, n.messages, s.senders
    from json_to_recordset(${unique(asked)}::json) as i (channel uuid, "user" text, mark text, position bigint)
    join chat_members m on m.channel_id = i.channel and m.user_id = i."user"
    left join lateral (
      select e.ordinal - case when e.position > i.position and e.kind in ('message', 'spent') then 1 else 0 end as messages
      from chat_entries e where e.channel_id = i.channel and e.position >= i.position
      order by e.position limit 1
    ) n on true
    left join lateral (
      select json_agg(by_sender) as senders from (
        select p.sender, max(p.position) as last from (
          select e.sender, e.position, e.kind from chat_entries e
          where e.channel_id = i.channel and e.position <= i.position
            and e.position > case i.mark when 'READ' then m.read else m.delivered end
          order by e.position desc limit ${sql.lit(FARTHEST)}
        ) p where p.kind in ('message', 'spent') group by p.sender
      ) by_sender
    ) s on true`.execute(db);
  const drafts = byId(matters);
  for (const { channel, user, mark, position, messages, senders } of rows) {
    const draft = drafts.get(channel);
    draft?.knowPassage(user, mark, position, {
      messages: messages ?? draft.channel.messages,
      senders: new Map((senders ?? []).map(({ sender, last }) => [sender, last])),
    });
  }
}

function know(matters: readonly Matter[], rows: readonly MessageRow[], isKept: boolean): void {
  const drafts = byId(matters);
  for (const row of rows) drafts.get(row.channel_id)?.knowMessage(messageOf(row), isKept);
}

function byId(matters: readonly Matter[]): ReadonlyMap<string, ChannelDraft> {
  return new Map(matters.flatMap(({ draft }) => (draft === undefined ? [] : [[draft.channel.id, draft]])));
}

/** Each record once, as JSON: one parameter, however many there are. */
function unique(records: readonly object[]): string {
  return `[${[...new Set(records.map((record) => JSON.stringify(record)))].join()}]`;
}
