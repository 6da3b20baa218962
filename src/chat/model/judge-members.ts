import type { MembershipChange, Permissions } from '@hermes/protocol';
import { memberIn, type ChannelFacts, type ChannelView, type Effect, type MemberFacts } from './channel-view.js';
import type { Candidate, WriteOf } from './chat-write.js';
import type { Entry } from './entry.js';
import { pairOfWrite } from './pair.js';
import { initialPermissions } from './permissions.js';
import { memberOf, refused, unchanged, unknown, written, type Verdict } from './verdict.js';

const NOTHING: Permissions = { read: false, write: false, manage: false };

/** What an operator allows. */
export interface Rules {
  /** Members of one channel. */
  readonly maxMembers: number;
}

/** @param view of the channel with the id that was chosen or, when it is private, of the two users' channel */
export function judgeCreate(write: WriteOf<'create'>, { channel }: ChannelView): Verdict {
  // Two of one batch may choose the same id: the channel was added for one of them, and is not to begin as the other's.
  const isMeant = channel.type === write.type && channel.pair === pairOfWrite(write);
  if (isMeant && channel.position === 0) return begin(channel, write);
  return isMeant && (channel.type === 'PRIVATE' || channel.creator === write.by)
    ? unchanged(channel)
    : refused('ALREADY_EXISTS', 'id: another channel has this id');
}

/** Whatever the channel, a creation that this finds fault with is refused. */
export function faultOfCreation(write: WriteOf<'create'>, { maxMembers }: Rules): Verdict | undefined {
  if (write.type === 'PRIVATE' && write.members[0]?.userId === write.by) return toOneself('members');
  return distinct(write.members, write.by).length + 1 > maxMembers ? tooMany(maxMembers) : undefined;
}

export function toOneself(field: 'members' | 'recipient'): Verdict {
  return refused('INVALID_ARGUMENT', `${field}: a private channel is for two users, and you are one of them already`);
}

/** The channel begins with all its first members. */
export function begin(channel: ChannelFacts, { by, at, members }: WriteOf<'create'>): Verdict {
  const creator: Candidate = { userId: by, permissions: initialPermissions(channel.type, true) };
  const others = distinct(members, by);
  // Nobody manages a private channel, and what the two may do is not for either of them to say.
  const all = channel.type === 'PRIVATE' ? others.map(({ userId }) => ({ userId, permissions: undefined })) : others;
  return joined(channel, [creator, ...all], by, at);
}

export function judgeAdd(write: WriteOf<'add'>, view: ChannelView | undefined, { maxMembers }: Rules): Verdict {
  const denied = faultOfManaging(write.by, view);
  if (view === undefined || denied !== undefined) return denied ?? unknown();
  const { channel } = view;
  const candidates = distinct(write.members, write.by).filter(({ userId }) => view.member(userId) === undefined);
  if (candidates.length === 0) return unchanged(channel);
  if (channel.members + candidates.length > maxMembers) return tooMany(maxMembers);
  return joined(channel, candidates, write.by, write.at);
}

export function judgeRemove(write: WriteOf<'remove'>, view: ChannelView | undefined): Verdict {
  const leaves = write.userId === write.by;
  const denied = leaves ? faultOfLeaving(write.by, view) : faultOfManaging(write.by, view);
  if (view === undefined || denied !== undefined) return denied ?? unknown();
  const member = view.member(write.userId);
  if (member === undefined) return unchanged(view.channel);
  const grown = {
    ...view.channel,
    position: view.channel.position + 1,
    members: view.channel.members - 1,
    managers: view.channel.managers - (member.permissions.manage ? 1 : 0),
  };
  const about = [memberIn(member.userId, NOTHING)];
  const entry = entryOf(grown, { kind: leaves ? 'LEFT' : 'REMOVED', by: write.by, members: about, at: write.at });
  return written(grown, entry, [{ kind: 'gone', userId: member.userId }]);
}

export function judgePermit(write: WriteOf<'permit'>, view: ChannelView | undefined): Verdict {
  const denied = faultOfManaging(write.by, view);
  if (view === undefined || denied !== undefined) return denied ?? unknown();
  const { channel } = view;
  const member = view.member(write.userId);
  if (member === undefined) return refused('NOT_FOUND', 'user_id: this user is not a member of the channel');
  const { permissions } = write;
  if (isSame(member.permissions, permissions)) return unchanged(channel);
  if (!permissions.manage && isLastManager(member, channel)) return lastManager();
  const managers = channel.managers + Number(permissions.manage) - Number(member.permissions.manage);
  const grown = { ...channel, position: channel.position + 1, managers };
  const about = [memberIn(member.userId, permissions)];
  const entry = entryOf(grown, { kind: 'PERMISSIONS', by: write.by, members: about, at: write.at });
  return written(grown, entry, [{ kind: 'member', member: { ...member, permissions } }]);
}

function joined(channel: ChannelFacts, candidates: readonly Candidate[], by: string, at: number): Verdict {
  const position = channel.position + 1;
  const members = candidates.map(({ userId, permissions }, index): MemberFacts => ({
    userId,
    permissions: permissions ?? initialPermissions(channel.type, false),
    joined: position,
    seat: channel.seats + index + 1,
    // The entry that begins it is news to him; messages before it are not.
    delivered: position - 1,
    read: position - 1,
    readMessages: channel.messages,
    own: [],
  }));
  const grown = {
    ...channel,
    position,
    members: channel.members + members.length,
    managers: channel.managers + members.filter(({ permissions }) => permissions.manage).length,
    seats: channel.seats + members.length,
  };
  const about = members.map(({ userId, permissions }) => memberIn(userId, permissions));
  const entry = entryOf(grown, { kind: 'ADDED', by, members: about, at });
  return written(
    grown,
    entry,
    members.map((member): Effect => ({ kind: 'member', member })),
  );
}

function faultOfManaging(by: string, view: ChannelView | undefined): Verdict | undefined {
  const member = memberOf(view, by);
  if (view === undefined || member === undefined) return unknown();
  if (view.channel.type === 'PRIVATE') return fixedMembers();
  return member.permissions.manage
    ? undefined
    : refused('PERMISSION_DENIED', 'channel_id: you may not manage this channel');
}

function faultOfLeaving(by: string, view: ChannelView | undefined): Verdict | undefined {
  const member = memberOf(view, by);
  if (view === undefined || member === undefined) return unknown();
  if (view.channel.type === 'PRIVATE') return fixedMembers();
  return isLastManager(member, view.channel) ? lastManager() : undefined;
}

function isLastManager({ permissions }: MemberFacts, { managers, members }: ChannelFacts): boolean {
  return permissions.manage && managers === 1 && members > 1;
}

function fixedMembers(): Verdict {
  return refused('FAILED_PRECONDITION', 'channel_id: the members of a private channel never change');
}

function lastManager(): Verdict {
  return refused('FAILED_PRECONDITION', 'user_id: nobody else manages the channel, and it has other members');
}

function tooMany(maxMembers: number): Verdict {
  return refused('FAILED_PRECONDITION', `members: a channel has at most ${maxMembers} members`);
}

/** Each user once, as he is named first, and not the one who asks: he is a member already. */
function distinct(candidates: readonly Candidate[], by: string): readonly Candidate[] {
  const first = new Map<string, Candidate>();
  for (const candidate of candidates) {
    if (candidate.userId !== by && !first.has(candidate.userId)) first.set(candidate.userId, candidate);
  }
  return [...first.values()];
}

function isSame(one: Permissions, other: Permissions): boolean {
  return one.read === other.read && one.write === other.write && one.manage === other.manage;
}

function entryOf({ id, position }: ChannelFacts, change: Omit<MembershipChange, 'channelId' | 'position'>): Entry {
  return { kind: 'membership', membership: { channelId: id, position, ...change } };
}
