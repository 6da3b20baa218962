import { sql, type Kysely } from 'kysely';
import { ID_MEMORY } from './batch-statement.js';
import type { ChatTables } from './tables.js';

/** Rows that one statement takes; its locks are short. */
const BATCH = 1_000;

/**
 * Takes away what has expired: of messages all but their id and position, for some time yet; of everything else the row.
 * Rows that somebody else has locked are left for the next time.
 *
 * @returns how many messages
 */
export async function takeExpired(
  db: Kysely<ChatTables>,
): Promise<{ readonly messages: number; readonly more: boolean }> {
  const { rows } = await sql<{ messages: number; others: number }>`
    with expired as materialized (
      select channel_id, position, kind from chat_entries
      where expires_at <= clock_timestamp() order by expires_at limit ${sql.lit(BATCH)} for update skip locked
    ),
    messages as (
      update chat_entries e set kind = 'spent', body = '', attachments = null, expires_at = clock_timestamp() + ${ID_MEMORY}
      from expired x where x.kind = 'message' and e.channel_id = x.channel_id and e.position = x.position
      returning 1
    ),
    others as (
      delete from chat_entries e using expired x
      where x.kind <> 'message' and e.channel_id = x.channel_id and e.position = x.position
      returning 1
    )
    select (select count(*) from messages) as messages, (select count(*) from others) as others`.execute(db);
  const { messages, others } = rows[0] ?? { messages: 0, others: 0 };
  return { messages, more: messages + others === BATCH };
}
