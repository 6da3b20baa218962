import { sql, type Kysely } from 'kysely';
import type { Channel } from '@hermes/protocol';
import type { Page } from '../model/index.js';
import { pageTokenOf, type PageEnd } from './page-token.js';
import { channelOf, type SeenChannelRow } from './rows.js';
import type { ChatTables } from './tables.js';

type Db = Kysely<ChatTables>;

const MOST_MEMBERS = 1_000;

/**
 * What every reading of a channel gives, as one of its members sees it. Where only the newest message is kept, it alone can
 * be unread.
 */
const SEEN = sql.raw(`
  c.id, c.type, c.name, c.strategy, c.ttl, c.creator, c.created_at, c.position, c.members as member_count,
  m.may_read, m.may_write, m.may_manage,
  case c.strategy when 'LAST' then (c.newest > m.read and c.newest <> all (m.own))::integer
    else greatest(0, c.messages - m.read_messages - cardinality(m.own)) end as unread,
  (extract(epoch from c.changed_at) * 1000000)::bigint as changed`);

/** The first members, in the order in which they came. */
const PEOPLE = sql.raw(`
  select json_agg(p) as people from (
    select user_id, may_read, may_write, may_manage, delivered, read
    from chat_members where channel_id = c.id order by seat limit ${MOST_MEMBERS}
  ) p`);

export async function readChannel(db: Db, channelId: string, userId: string): Promise<Channel | undefined> {
  const { rows } = await sql<SeenChannelRow>`
    select ${SEEN}, people
    from chat_members m join chat_channels c on c.id = m.channel_id cross join lateral (${PEOPLE}) p
    where m.channel_id = ${channelId} and m.user_id = ${userId}`.execute(db);
  const [row] = rows;
  return row === undefined ? undefined : channelOf(row);
}

/** Members are told for private channels only. @param end of the page before */
export async function readChannels(
  db: Db,
  userId: string,
  limit: number,
  end: PageEnd | undefined,
): Promise<Page<Channel>> {
  const { rows } = await sql<SeenChannelRow>`
    with mine as materialized (
      select ${SEEN}, c.changed_at from chat_members m join chat_channels c on c.id = m.channel_id where m.user_id = ${userId}
    ),
    page as materialized (
      select * from mine
      where ${end?.changed ?? null}::bigint is null or (changed_at, id) <
        (to_timestamp(0) + ${end?.changed ?? null}::bigint * interval '1 microsecond', ${end?.id ?? null}::uuid)
      order by changed_at desc, id desc limit ${limit + 1}
    )
    select c.*, people from page c left join lateral (${PEOPLE}) p on c.type = 'PRIVATE'
    order by c.changed_at desc, c.id desc`.execute(db);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items: items.map(channelOf), next: rows.length > limit && last ? pageTokenOf(last) : undefined };
}
