import { randomUUID } from 'node:crypto';
import { pairOfWrite, type ChatWrite, type WriteOf } from '../model/index.js';

/** A channel that a batch may begin. */
export interface Beginning {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly strategy: string;
  readonly ttl: number;
  readonly creator: string;
  readonly pair: string | null;
  readonly created_at: number;
}

/** Id of the channel that a write names; undefined when it names only a recipient. */
export function channelIdOfWrite(write: ChatWrite): string | undefined {
  if (write.kind !== 'send') return write.channelId;
  return 'channelId' in write.to ? write.to.channelId : undefined;
}

/** A copy, with ids of channels as the database writes them. */
export function normalized(write: ChatWrite): ChatWrite {
  if (write.kind !== 'send') return { ...write, channelId: write.channelId.toLowerCase() };
  return 'channelId' in write.to ? { ...write, to: { channelId: write.to.channelId.toLowerCase() } } : { ...write };
}

/**
 * The channels that a batch may begin, each once: the first who asks for an id, or for a pair, has it. In one order for
 * all batches, so that two that begin the same channels wait for one another and not both at once.
 */
export function beginningsOf(writes: readonly ChatWrite[]): readonly Beginning[] {
  const found = new Map<string, Beginning>();
  for (const write of writes) {
    const beginning = beginningOf(write);
    if (beginning === undefined) continue;
    const key = beginning.pair ?? beginning.id;
    if (!found.has(key)) found.set(key, beginning);
  }
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, beginning]) => beginning);
}

function beginningOf(write: ChatWrite): Beginning | undefined {
  const pair = pairOfWrite(write);
  if (write.kind === 'create') {
    const { channelId: id, type, name, strategy, ttl, by: creator, at } = write;
    return { id, type, name: type === 'PRIVATE' ? '' : name, strategy, ttl, creator, pair, created_at: at };
  }
  if (write.kind !== 'send' || pair === null) return undefined;
  const fixed = { type: 'PRIVATE', name: '', strategy: 'DURABLE', ttl: 0 };
  return { ...fixed, id: randomUUID(), creator: write.by, pair, created_at: write.at };
}

/** Users whose membership a write is judged by. */
export function usersOf(write: ChatWrite): readonly string[] {
  switch (write.kind) {
    case 'add':
    case 'create':
      return [write.by, ...write.members.map(({ userId }) => userId)];
    case 'remove':
    case 'permit':
      return [write.by, write.userId];
    default:
      return [write.by];
  }
}

/** Position of an earlier message that a write is about. */
export function targetOf(write: ChatWrite): number | undefined {
  switch (write.kind) {
    case 'edit':
    case 'delete':
      return write.position;
    case 'send':
      return write.parent === 0 ? undefined : write.parent;
    default:
      return undefined;
  }
}

export function isSend(write: ChatWrite): write is WriteOf<'send'> {
  return write.kind === 'send';
}

export function isMark(write: ChatWrite): write is WriteOf<'mark'> {
  return write.kind === 'mark';
}
