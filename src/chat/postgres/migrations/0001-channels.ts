import type { Migration } from '../../../stores/index.js';

/*
 * Foreign keys would be checked for every row that is inserted. They are not needed: whoever writes holds the lock of the
 * channel, and channels are never deleted.
 */
export const channels: Migration = {
  name: '0001-channels',
  statements: [
    `create table chat_channels (
      id uuid primary key,
      type text not null check (type in ('PRIVATE', 'GROUP', 'BROADCAST')),
      name text not null,
      strategy text not null check (strategy in ('DURABLE', 'TRANSIENT', 'LAST', 'TTL')),
      ttl integer not null,
      creator text not null,
      pair text unique,
      created_at bigint not null,
      position bigint not null default 0,
      newest bigint not null default 0,
      messages bigint not null default 0,
      members integer not null default 0,
      managers integer not null default 0,
      seats bigint not null default 0,
      changed_at timestamptz not null default clock_timestamp()
    ) with (fillfactor = 80)`,
    'create index chat_channels_changed on chat_channels (changed_at)',
    `create table chat_members (
      channel_id uuid not null,
      user_id text not null,
      may_read boolean not null,
      may_write boolean not null,
      may_manage boolean not null,
      joined bigint not null,
      seat bigint not null,
      delivered bigint not null,
      read bigint not null,
      read_messages bigint not null,
      own bigint[] not null,
      joined_at timestamptz not null default clock_timestamp(),
      primary key (channel_id, user_id)
    ) with (fillfactor = 80)`,
    'create index chat_members_seat on chat_members (channel_id, seat)',
    'create index chat_members_user on chat_members (user_id, joined_at)',
    `create table chat_entries (
      channel_id uuid not null,
      position bigint not null,
      kind text not null check (kind in ('message', 'changed', 'membership', 'spent')),
      ordinal bigint not null,
      sender text not null,
      at bigint not null,
      id text,
      body text,
      parent bigint,
      attachments jsonb,
      edited_at bigint not null default 0,
      deleted_at bigint not null default 0,
      target bigint,
      change jsonb,
      expires_at timestamptz,
      primary key (channel_id, position)
    )`,
    'create unique index chat_entries_id on chat_entries (channel_id, sender, id) where id is not null',
    'create index chat_entries_expiry on chat_entries (expires_at) where expires_at is not null',
  ],
};
