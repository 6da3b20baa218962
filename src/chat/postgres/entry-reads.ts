import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Message } from '@hermes/protocol';
import type { Entry, Stretch } from '../model/index.js';
import { entryOf, messageOf } from './rows.js';
import type { ChatTables } from './tables.js';

type Db = Kysely<ChatTables>;
type Order = 'asc' | 'desc';

/** Bytes after which nothing is added to what is read at once: much less than what a gRPC client takes, 4 MiB. */
const ENOUGH = 2 * 1024 * 1024;

const MESSAGE = sql.raw('m.position, m.id, m.sender, m.body, m.parent, m.attachments, m.at, m.edited_at, m.deleted_at');
/** What is written by users, and so makes a message as large as it is. */
const TEXTS = sql.raw('m.sender, m.id, m.body, m.attachments');

export async function readMessages(
  db: Db,
  channelId: string,
  range: { readonly before: number } | { readonly after: number },
  limit: number,
): Promise<Stretch<Message>> {
  const place = 'after' in range ? sql`m.position > ${range.after}` : sql`m.position < ${range.before}`;
  const messages = sql`
    select m.channel_id, ${MESSAGE}, m.position as place, octet_length(concat(${TEXTS})) as size from chat_entries m
    where m.channel_id = ${channelId} and ${place} and m.kind = 'message'
      and (m.expires_at is null or m.expires_at > clock_timestamp())`;
  return readStretch(db, messages, 'after' in range ? 'asc' : 'desc', limit, messageOf);
}

/** A change shows its message as it is now, and is left out when that is not kept any more. */
export async function readEntries(db: Db, channelId: string, after: number, limit: number): Promise<Stretch<Entry>> {
  const entries = sql`
    select e.channel_id, e.kind, e.position as entry_position, e.sender as by, e.at as entry_at, e.change, ${MESSAGE},
      e.position as place, octet_length(concat(e.sender, e.change, ${TEXTS})) as size
    from chat_entries e left join lateral (
      select * from chat_entries m
      where m.channel_id = e.channel_id and m.position = coalesce(e.target, e.position) and m.kind = 'message'
        and (m.expires_at is null or m.expires_at > clock_timestamp())
      limit 1
    ) m on true
    where e.channel_id = ${channelId} and e.position > ${after} and (e.kind = 'membership' or m.kind is not null)`;
  return readStretch(db, entries, 'asc', limit, entryOf);
}

export async function readHead(db: Db, channelId: string): Promise<number> {
  const { rows } = await sql<{ position: number }>`
    select position from chat_channels where id = ${channelId}`.execute(db);
  return rows[0]?.position ?? 0;
}

/** @param rows with a `place`, by which they are ordered, and a `size` in bytes */
async function readStretch<Row, T>(
  db: Db,
  rows: RawBuilder<unknown>,
  order: Order,
  limit: number,
  read: (row: Row) => T,
): Promise<Stretch<T>> {
  const ordered = sql.raw(`order by place ${order}`);
  // A row that more than enough stands before is not sent. The one beyond the limit only tells that there are more.
  const { rows: found } = await sql<Row & { readonly more: boolean }>`
    select * from (
      select *, lead(true, 1, false) over w as more,
        coalesce(sum(size) over (w rows between unbounded preceding and 1 preceding), 0) as before
      from (${rows} ${ordered} limit ${limit + 1}) r window w as (${ordered})
    ) s where before < ${ENOUGH} ${ordered} limit ${limit}`.execute(db);
  return { items: found.map(read), more: found.at(-1)?.more ?? false };
}
