import { sql, type Kysely } from 'kysely';
import type { Message } from '@hermes/protocol';
import type { Entry } from '../model/index.js';
import { entryOf, messageOf, type EntryRow, type MessageRow } from './rows.js';
import type { ChatTables } from './tables.js';

type Db = Kysely<ChatTables>;

const MESSAGE = sql.raw(
  'm.channel_id, m.position, m.id, m.sender, m.body, m.parent, m.attachments, m.at, m.edited_at, m.deleted_at',
);

export async function readMessages(
  db: Db,
  channelId: string,
  range: { readonly before: number } | { readonly after: number },
  limit: number,
): Promise<readonly Message[]> {
  const place = 'after' in range ? sql`m.position > ${range.after}` : sql`m.position < ${range.before}`;
  const { rows } = await sql<MessageRow>`
    select ${MESSAGE} from chat_entries m
    where m.channel_id = ${channelId} and ${place} and m.kind = 'message'
      and (m.expires_at is null or m.expires_at > clock_timestamp())
    order by m.position ${sql.raw('after' in range ? 'asc' : 'desc')} limit ${limit}`.execute(db);
  return rows.map(messageOf);
}

/** A change shows its message as it is now, and is left out when that is not kept any more. */
export async function readEntries(db: Db, channelId: string, after: number, limit: number): Promise<readonly Entry[]> {
  const { rows } = await sql<EntryRow>`
    select e.kind, e.position as entry_position, e.sender as by, e.at as entry_at, e.change, ${MESSAGE},
      e.channel_id as channel_id
    from chat_entries e left join lateral (
      select * from chat_entries m
      where m.channel_id = e.channel_id and m.position = coalesce(e.target, e.position) and m.kind = 'message'
        and (m.expires_at is null or m.expires_at > clock_timestamp())
      limit 1
    ) m on true
    where e.channel_id = ${channelId} and e.position > ${after} and (e.kind = 'membership' or m.kind is not null)
    order by e.position limit ${limit}`.execute(db);
  return rows.map(entryOf);
}
