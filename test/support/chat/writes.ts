import { randomUUID } from 'node:crypto';
import type { Channel, Permissions } from '@hermes/protocol';
import {
  type Candidate,
  type ChatOutcome,
  type ChatStore,
  type ChatWrite,
  type WriteOf,
} from '../../../src/chat/model/index.js';

/** Permissions in short: the letters r, w and m. */
export function may(letters: string): Permissions {
  return { read: letters.includes('r'), write: letters.includes('w'), manage: letters.includes('m') };
}

/** A member to be: `bob`, or `bob:rw` when his permissions are not those of the type. */
export function candidate(text: string): Candidate {
  const [userId = '', letters] = text.split(':');
  return { userId, permissions: letters === undefined ? undefined : may(letters) };
}

export function creation(
  by: string,
  members: readonly string[],
  more: Partial<WriteOf<'create'>> = {},
): WriteOf<'create'> {
  return {
    kind: 'create',
    by,
    at: Date.now(),
    channelId: randomUUID(),
    type: 'GROUP',
    name: 'a group',
    strategy: 'DURABLE',
    ttl: 0,
    members: members.map(candidate),
    ...more,
  };
}

export function message(by: string, channelId: string, more: Partial<WriteOf<'send'>> = {}): WriteOf<'send'> {
  const id = randomUUID();
  return {
    kind: 'send',
    by,
    at: Date.now(),
    to: { channelId },
    id,
    body: 'hello',
    parent: 0,
    attachments: [],
    ...more,
  };
}

export function firstMessage(by: string, recipient: string, more: Partial<WriteOf<'send'>> = {}): WriteOf<'send'> {
  return message(by, '', { to: { recipient }, ...more });
}

export function reading(by: string, channelId: string, position: number): WriteOf<'mark'> {
  return { kind: 'mark', by, at: Date.now(), channelId, mark: 'READ', position };
}

/** Writes one thing alone. */
export async function writeOne(store: ChatStore, write: ChatWrite): Promise<ChatOutcome> {
  const [outcome] = await store.write([write]);
  if (outcome === undefined) throw new Error('no outcome');
  return outcome;
}

/** @returns the id of a new channel */
export async function begun(store: ChatStore, write: WriteOf<'create'>): Promise<string> {
  const outcome = await writeOne(store, write);
  if (outcome.kind !== 'written') throw new Error(`the channel was not made: ${said(outcome)}`);
  return outcome.channelId;
}

/** What an outcome comes to, in a word: its kind or, when it is refused, the code. */
export function said(outcome: ChatOutcome): string {
  return outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;
}

/** The channel as a member sees it. */
export async function seen(store: ChatStore, channelId: string, by: string): Promise<Channel> {
  const channel = await store.channel(channelId, by);
  if (channel === undefined) throw new Error(`${by} is not a member`);
  return channel;
}
