import type { ChatCalls, ChannelType, CreateChannelRequest, NewMember, Strategy } from '@hermes/protocol';
import type { Candidate, ChatWrite } from '../model/index.js';
import { integer, invalid, list, object, oneOf, permissions, text, userId, uuid, type Untrusted } from './fields.js';
import type { Asking } from './message-writes.js';

const TYPES: readonly ChannelType[] = ['PRIVATE', 'GROUP', 'BROADCAST'];
const STRATEGIES: readonly Strategy[] = ['DURABLE', 'TRANSIENT', 'LAST', 'TTL'];
/** Seconds in a year. */
const LONGEST_TTL = 31_536_000;
const MOST_MEMBERS = 1_000;

/** @param newId UUID for the channel when the client has not chosen one */
export function createWrite(asking: Asking, request: CreateChannelRequest, newId: string): ChatWrite {
  const given = object<CreateChannelRequest>('channel', request);
  const type = oneOf('type', given.type, TYPES);
  const strategy = strategyOf(given.strategy);
  const all = candidates(given.members, 0);
  const members = all.filter((member) => member.userId !== asking.by);
  const name = text('name', given.name, [0, 256]);
  if (type === 'PRIVATE') checkPrivate(name, members);
  const channelId = given.id === undefined || given.id === null || given.id === '' ? newId : uuid('id', given.id);
  return { ...asking, kind: 'create', channelId, type, name, strategy, ttl: ttlOf(given, strategy), members };
}

export function addWrite(asking: Asking, request: ChatCalls['addMembers'][0]): ChatWrite {
  const { channelId, members } = object<ChatCalls['addMembers'][0]>('members', request);
  return { ...asking, kind: 'add', channelId: uuid('channel_id', channelId), members: candidates(members, 1) };
}

export function removeWrite(asking: Asking, request: ChatCalls['removeMember'][0]): ChatWrite {
  const { channelId, userId: user } = object<ChatCalls['removeMember'][0]>('member', request);
  const whom = { channelId: uuid('channel_id', channelId), userId: userId('user_id', user) };
  if (whom.userId === asking.by) throw invalid('user_id', 'must be another user; LeaveChannel is how one leaves');
  return { ...asking, kind: 'remove', ...whom };
}

export function leaveWrite(asking: Asking, channelId: string): ChatWrite {
  return { ...asking, kind: 'remove', channelId: uuid('channel_id', channelId), userId: asking.by };
}

export function permitWrite(asking: Asking, request: ChatCalls['setPermissions'][0]): ChatWrite {
  const given = object<ChatCalls['setPermissions'][0]>('member', request);
  return {
    ...asking,
    kind: 'permit',
    channelId: uuid('channel_id', given.channelId),
    userId: userId('user_id', given.userId),
    permissions: permissions('permissions', given.permissions),
  };
}

function candidates(members: unknown, least: number): readonly Candidate[] {
  const seen = new Set<string>();
  return list('members', members, [least, MOST_MEMBERS]).map((item, index) => {
    const field = `members[${index}]`;
    const given = object<NewMember>(field, item);
    const user = userId(`${field}.user_id`, given.userId);
    if (seen.has(user)) throw invalid(`${field}.user_id`, 'is there twice');
    seen.add(user);
    const permitted = given.permissions ?? undefined;
    return {
      userId: user,
      permissions: permitted === undefined ? undefined : permissions(`${field}.permissions`, permitted),
    };
  });
}

function checkPrivate(name: string, [other, ...more]: readonly Candidate[]): void {
  if (other === undefined || more.length > 0) {
    throw invalid('members', 'must be exactly one other user for a private channel');
  }
  if (other.permissions !== undefined) {
    throw invalid('members[0].permissions', 'must be absent for a private channel: both read and write');
  }
  if (name !== '') throw invalid('name', 'must be empty for a private channel');
}

function strategyOf(strategy: unknown): Strategy {
  if (strategy === undefined || strategy === null || strategy === 'STRATEGY_UNSPECIFIED') return 'DURABLE';
  return oneOf('strategy', strategy, STRATEGIES);
}

function ttlOf({ ttl }: Untrusted<CreateChannelRequest>, strategy: Strategy): number {
  if (strategy === 'TTL') return integer('ttl', ttl, 1, LONGEST_TTL);
  if (integer('ttl', ttl) !== 0) throw invalid('ttl', 'must be 0 unless the strategy is TTL');
  return 0;
}
