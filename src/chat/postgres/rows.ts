import type { Attachment, Channel, Message, MembershipChange, Permissions } from '@hermes/protocol';
import type { ChannelFacts, Entry, MemberFacts } from '../model/index.js';
import type { EntryKind } from './tables.js';

/** Columns as queries give them. */
export type ChannelRow = ChannelFacts;

export interface PermissionColumns {
  readonly may_read: boolean;
  readonly may_write: boolean;
  readonly may_manage: boolean;
}

export interface MemberRow extends PermissionColumns {
  readonly channel_id: string;
  readonly user_id: string;
  readonly joined: number;
  readonly seat: number;
  readonly delivered: number;
  readonly read: number;
  readonly read_messages: number;
  /** As JSON: arrays of 64-bit numbers are read in a different way by each driver. */
  readonly own: readonly number[];
}

export interface MessageRow {
  readonly channel_id: string;
  readonly position: number;
  readonly id: string;
  readonly sender: string;
  readonly body: string;
  readonly parent: number;
  readonly attachments: readonly Attachment[] | null;
  readonly at: number;
  readonly edited_at: number;
  readonly deleted_at: number;
}

/** An entry; the columns of its message are those of the message it is about, when it is about another. */
export interface EntryRow extends MessageRow {
  readonly kind: Exclude<EntryKind, 'spent'>;
  readonly entry_position: number;
  readonly by: string;
  readonly entry_at: number;
  readonly change: Pick<MembershipChange, 'kind' | 'members'> | null;
}

export interface SeenChannelRow extends PermissionColumns {
  readonly id: string;
  readonly type: Channel['type'];
  readonly name: string;
  readonly strategy: Channel['strategy'];
  readonly ttl: number;
  readonly creator: string;
  readonly created_at: number;
  readonly position: number;
  readonly member_count: number;
  readonly unread: number;
  /** Microseconds. */
  readonly changed: number;
  readonly people: readonly Omit<MemberRow, 'channel_id'>[] | null;
}

export function permissionsOf({ may_read, may_write, may_manage }: PermissionColumns): Permissions {
  return { read: may_read, write: may_write, manage: may_manage };
}

export function memberFactsOf(row: MemberRow): MemberFacts {
  const { user_id: userId, joined, seat, delivered, read, read_messages: readMessages, own } = row;
  return { userId, permissions: permissionsOf(row), joined, seat, delivered, read, readMessages, own };
}

export function messageOf(row: MessageRow): Message {
  return {
    channelId: row.channel_id,
    position: row.position,
    id: row.id,
    sender: row.sender,
    body: row.body,
    parent: row.parent,
    attachments: row.attachments ?? [],
    sentAt: row.at,
    editedAt: row.edited_at,
    deletedAt: row.deleted_at,
  };
}

export function entryOf(row: EntryRow): Entry {
  const { channel_id: channelId, entry_position: position, by, entry_at: at } = row;
  switch (row.kind) {
    case 'message':
      return { kind: 'message', message: messageOf(row) };
    case 'changed':
      return { kind: 'changed', changed: { channelId, position, by, message: messageOf(row) } };
    case 'membership':
      return {
        kind: 'membership',
        membership: {
          channelId,
          position,
          kind: row.change?.kind ?? 'ADDED',
          by,
          members: row.change?.members ?? [],
          at,
        },
      };
  }
}

export function channelOf(row: SeenChannelRow): Channel {
  return {
    id: row.id,
    type: row.type,
    name: row.name,
    strategy: row.strategy,
    ttl: row.ttl,
    creator: row.creator,
    createdAt: row.created_at,
    position: row.position,
    unread: row.unread,
    permissions: permissionsOf(row),
    memberCount: row.member_count,
    members: (row.people ?? []).map((member) => ({
      userId: member.user_id,
      permissions: permissionsOf(member),
      delivered: member.delivered,
      read: member.read,
    })),
  };
}
