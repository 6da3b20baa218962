import { sql, type Kysely } from 'kysely';
import { isStorable } from '../../delivery/index.js';
import type { Membership } from '../model/index.js';
import { permissionsOf, type PermissionColumns } from './rows.js';
import type { ChatTables } from './tables.js';

type Db = Kysely<ChatTables>;

/**
 * A row carries the time at which it was written, and can be read only when its transaction has been committed. No
 * transaction lasts longer than this: the time-out of the database is less.
 */
export const MARGIN = 30_000;

interface MembershipRow extends PermissionColumns {
  readonly channel_id: string;
  readonly user_id: string;
  readonly type: Membership['type'];
  readonly head: number;
  readonly delivered: number;
  readonly joined: number;
}

const MEMBERSHIP = sql.raw(`
  select m.channel_id, m.user_id, m.may_read, m.may_write, m.may_manage, c.type, c.position as head, m.delivered, m.joined
  from chat_members m join chat_channels c on c.id = m.channel_id`);

export async function readMembership(db: Db, channelId: string, userId: string): Promise<Membership | undefined> {
  const { rows } = await sql<MembershipRow>`
    ${MEMBERSHIP} where m.channel_id = ${channelId} and m.user_id = ${userId}`.execute(db);
  const [row] = rows;
  return row === undefined ? undefined : membershipOf(row);
}

export async function readMemberships(db: Db, userIds: readonly string[]): Promise<readonly Membership[]> {
  const { rows } = await sql<MembershipRow>`
    ${MEMBERSHIP} where m.user_id in (${listOf(userIds)})`.execute(db);
  return rows.map(membershipOf);
}

/** @param since milliseconds, by the clock of the database */
export async function readJoinedSince(
  db: Db,
  userIds: readonly string[],
  since: number,
): Promise<readonly Membership[]> {
  const { rows } = await sql<MembershipRow>`
    ${MEMBERSHIP} where m.user_id in (${listOf(userIds)}) and m.joined_at >= ${momentOf(since)}`.execute(db);
  return rows.map(membershipOf);
}

/** @param since milliseconds, by the clock of the database */
export async function readGrownSince(
  db: Db,
  since: number,
): Promise<{ readonly heads: ReadonlyMap<string, number>; readonly now: number }> {
  const { rows } = await sql<{ id: string | null; position: number; now: number }>`
    select n.now, c.id, c.position
    from (select (extract(epoch from clock_timestamp()) * 1000)::bigint as now) n
    left join chat_channels c on c.changed_at >= ${momentOf(since)}`.execute(db);
  const heads = new Map(rows.flatMap(({ id, position }) => (id === null ? [] : [[id, position]])));
  return { heads, now: rows[0]?.now ?? since };
}

export async function readAcquainted(db: Db, userId: string, others: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ other: string }>`
    select o.other from (${listOf(others)}) o (other)
    where o.other = ${userId} or exists (
      select from chat_members a join chat_members b on b.channel_id = a.channel_id
      where a.user_id = ${userId} and b.user_id = o.other
    )`.execute(db);
  return new Set(rows.map(({ other }) => other));
}

/**
 * As a sub-query: one parameter, however many there are. What cannot be stored is left out: there is nothing about it, and
 * the database would refuse all the others with it.
 */
function listOf(texts: readonly string[]) {
  return sql`select json_array_elements_text(${JSON.stringify([...new Set(texts)].filter(isStorable))}::json)`;
}

function momentOf(since: number) {
  return sql`to_timestamp(${(since - MARGIN) / 1_000}::float8)`;
}

function membershipOf(row: MembershipRow): Membership {
  return {
    channelId: row.channel_id,
    userId: row.user_id,
    permissions: permissionsOf(row),
    type: row.type,
    head: row.head,
    delivered: row.delivered,
    since: row.joined,
  };
}
