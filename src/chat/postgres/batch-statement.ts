import { sql } from 'kysely';

/*
 * The parts of the statement that stores a batch. Each is made of a list of records in JSON: one parameter, however long the
 * list is.
 */

/** How long the id of a message that is not kept any more is known, so that it is not stored when it is sent again. */
export const ID_MEMORY = sql.raw("interval '1 day'");

/** Channels that were made for the batch to begin, and that it has not begun. */
export const UNBORN = (records: string) => sql`
  delete from chat_channels c using json_array_elements_text(${records}::json) where c.id = value::uuid`;

export const CHANNELS = (records: string) => sql`
  update chat_channels c
  set position = i.position, newest = i.newest, messages = i.messages, members = i.members, managers = i.managers,
    seats = i.seats, changed_at = clock_timestamp()
  from json_to_recordset(${records}::json) as i (
    id uuid, position bigint, newest bigint, messages bigint, members integer, managers integer, seats bigint
  )
  where c.id = i.id`;

export const MEMBERS = (records: string) => sql`
  insert into chat_members as m
    (channel_id, user_id, may_read, may_write, may_manage, joined, seat, delivered, read, read_messages, own)
  select channel, "user", may_read, may_write, may_manage, joined, seat, delivered, read, read_messages, own
  from json_to_recordset(${records}::json) as i (
    channel uuid, "user" text, may_read boolean, may_write boolean, may_manage boolean, joined bigint, seat bigint,
    delivered bigint, read bigint, read_messages bigint, own bigint[]
  )
  on conflict (channel_id, user_id) do update
  set may_read = excluded.may_read, may_write = excluded.may_write, may_manage = excluded.may_manage,
    joined = excluded.joined, seat = excluded.seat, delivered = excluded.delivered, read = excluded.read,
    read_messages = excluded.read_messages, own = excluded.own,
    joined_at = case m.joined when excluded.joined then m.joined_at else excluded.joined_at end`;

export const GONE = (records: string) => sql`
  delete from chat_members m using json_to_recordset(${records}::json) as i (channel uuid, "user" text)
  where m.channel_id = i.channel and m.user_id = i."user"`;

/** Messages that have been edited or deleted. */
export const MESSAGES = (records: string) => sql`
  update chat_entries m
  set body = i.body, attachments = i.attachments, edited_at = i.edited_at, deleted_at = i.deleted_at
  from json_to_recordset(${records}::json) as i (
    channel uuid, position bigint, body text, attachments jsonb, edited_at bigint, deleted_at bigint
  )
  where m.channel_id = i.channel and m.position = i.position`;

/** Messages of channels that keep only the newest. */
export const SPENT = (records: string) => sql`
  update chat_entries m
  set kind = 'spent', body = '', attachments = null, expires_at = clock_timestamp() + ${ID_MEMORY}
  from json_to_recordset(${records}::json) as i (channel uuid, newest bigint)
  where m.channel_id = i.channel and m.position = i.newest`;

/** What has become of such messages. */
export const CHANGES = (records: string) => sql`
  delete from chat_entries m
  using json_to_recordset(${records}::json) as i (channel uuid, newest bigint, head bigint)
  where m.channel_id = i.channel and m.position > i.newest and m.position <= i.head and m.kind = 'changed'`;

export const ENTRIES = (records: string) => sql`
  insert into chat_entries (
    channel_id, position, kind, ordinal, sender, at, id, body, parent, attachments, edited_at, deleted_at, target, change,
    expires_at
  )
  select channel, position, kind, ordinal, sender, at, id, body, parent, attachments, edited_at, deleted_at, target, change,
    case when kind = 'spent' then clock_timestamp() + ${ID_MEMORY}
      when ttl > 0 then clock_timestamp() + make_interval(secs => ttl) end
  from json_to_recordset(${records}::json) as i (
    channel uuid, position bigint, kind text, ordinal bigint, sender text, at bigint, id text, body text, parent bigint,
    attachments jsonb, edited_at bigint, deleted_at bigint, target bigint, change jsonb, ttl integer
  )`;
