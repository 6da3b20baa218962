import { sql, type Transaction } from 'kysely';
import type { Message } from '@hermes/protocol';
import { contentOf, type ChannelFacts, type Entry, type MemberFacts } from '../model/index.js';
import { CHANGES, CHANNELS, ENTRIES, GONE, MEMBERS, MESSAGES, SPENT, UNBORN } from './batch-statement.js';
import { isSuperseded, type ChannelDraft } from './channel-draft.js';
import type { ChatTables } from './tables.js';

/** Stores what a batch has changed in these channels: one statement, whatever the batch. */
export async function save(db: Transaction<ChatTables>, drafts: readonly ChannelDraft[]): Promise<void> {
  const begun = drafts.filter(({ hasBegun }) => hasBegun);
  const record = {
    unborn: drafts.filter(({ hasBegun }) => !hasBegun).map(({ channel }) => channel.id),
    channels: begun.filter(({ hasGrown }) => hasGrown).map(({ channel }) => channelRecord(channel)),
    entries: begun.flatMap(entryRecords),
    members: begun.flatMap(({ channel, members }) => members.map((member) => memberRecord(channel.id, member))),
    gone: begun.flatMap(({ channel, gone }) => gone.map((user) => ({ channel: channel.id, user }))),
    messages: begun.flatMap(({ changedMessages }) => changedMessages.map(messageRecord)),
    superseded: begun.filter(isSupersededHere).map(supersededRecord),
  };
  if (Object.values(record).every((part) => part.length === 0)) return;
  await sql`
    with unborn as (${UNBORN(json(record.unborn))}), channels as (${CHANNELS(json(record.channels))}),
      members as (${MEMBERS(json(record.members))}), gone as (${GONE(json(record.gone))}),
      messages as (${MESSAGES(json(record.messages))}), spent as (${SPENT(json(record.superseded))}),
      changes as (${CHANGES(json(record.superseded))})
    ${ENTRIES(json(record.entries))}`.execute(db);
}

const json = JSON.stringify;

function isSupersededHere({ channel, newestBefore }: ChannelDraft): boolean {
  return channel.strategy === 'LAST' && newestBefore > 0 && channel.newest > newestBefore;
}

function supersededRecord({ channel, newestBefore, positionBefore }: ChannelDraft): object {
  return { channel: channel.id, newest: newestBefore, head: positionBefore };
}

function channelRecord({ id, position, newest, messages, members, managers, seats }: ChannelFacts): object {
  return { id, position, newest, messages, members, managers, seats };
}

function memberRecord(channel: string, member: MemberFacts): object {
  const { userId: user, permissions, joined, seat, delivered, read, readMessages, own } = member;
  const { read: may_read, write: may_write, manage: may_manage } = permissions;
  return {
    channel,
    user,
    may_read,
    may_write,
    may_manage,
    joined,
    seat,
    delivered,
    read,
    read_messages: readMessages,
    own,
  };
}

function messageRecord({ channelId, position, body, attachments, editedAt, deletedAt }: Message): object {
  return { channel: channelId, position, body, attachments, edited_at: editedAt, deleted_at: deletedAt };
}

function entryRecords({ channel, entries }: ChannelDraft): readonly object[] {
  return entries.flatMap(({ entry, ordinal }) => {
    // What became of a message that has been superseded since is of interest to nobody.
    if (entry.kind === 'changed' && isSuperseded(channel, entry.changed.message)) return [];
    const { channelId, position } = contentOf(entry);
    const fixed = { channel: channelId, position, ordinal, edited_at: 0, deleted_at: 0 };
    return [{ ...fixed, ...contentRecord(channel, entry) }];
  });
}

function contentRecord(channel: ChannelFacts, entry: Entry): object {
  switch (entry.kind) {
    case 'message': {
      const { sender, id, parent, sentAt: at, editedAt: edited_at, deletedAt: deleted_at } = entry.message;
      const spent = { kind: 'spent', sender, id, parent, at, body: '' };
      if (isSuperseded(channel, entry.message)) return spent;
      const { body, attachments } = entry.message;
      const kept = attachments.length > 0 ? { attachments } : {};
      return { ...spent, ...kept, kind: 'message', body, edited_at, deleted_at, ttl: channel.ttl };
    }
    case 'changed': {
      const { by: sender, message } = entry.changed;
      const at = message.deletedAt || message.editedAt;
      return { kind: 'changed', sender, at, target: message.position, ttl: channel.ttl };
    }
    case 'membership': {
      const { by: sender, at, kind, members } = entry.membership;
      return { kind: 'membership', sender, at, change: { kind, members } };
    }
  }
}
