import type { ChannelView } from './channel-view.js';
import type { ChatWrite, WriteOf } from './chat-write.js';
import { judgeMark } from './judge-mark.js';
import {
  begin,
  faultOfCreation,
  judgeAdd,
  judgeCreate,
  judgePermit,
  judgeRemove,
  toOneself,
  type Rules,
} from './judge-members.js';
import { judgeDelete, judgeEdit, judgeSend } from './judge-message.js';
import { faultOfText } from './storable-text.js';
import { refused, unknown, type Verdict } from './verdict.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isChannelId(text: string): boolean {
  return UUID.test(text);
}

/** What can be refused without looking at any channel; whatever passes can be stored as far as its form goes. */
export function judgeForm(write: ChatWrite, rules: Rules): Verdict | undefined {
  const fault = faultOfText(write);
  if (fault !== undefined) return refused('INVALID_ARGUMENT', fault);
  if (write.kind === 'create') return faultOfCreation(write, rules);
  if (write.kind === 'send' && 'recipient' in write.to) {
    return write.to.recipient === write.by ? toOneself('recipient') : undefined;
  }
  const channelId = write.kind === 'send' ? channelIdOf(write) : write.channelId;
  return isChannelId(channelId) ? undefined : unknown();
}

/**
 * Decides on one write, given a channel as the writes before it have left it. Judges and tells; changes nothing.
 *
 * @param view of the channel that the write is about: by its id, or by its two users where it names only a recipient;
 *   undefined when there is none
 */
export function judge(write: ChatWrite, view: ChannelView | undefined, rules: Rules): Verdict {
  switch (write.kind) {
    case 'send':
      return 'recipient' in write.to ? judgeFirst(write, view) : judgeSend(write, view);
    case 'edit':
      return judgeEdit(write, view);
    case 'delete':
      return judgeDelete(write, view);
    case 'create':
      return view === undefined ? unknown() : judgeCreate(write, view);
    case 'add':
      return judgeAdd(write, view, rules);
    case 'remove':
      return judgeRemove(write, view);
    case 'permit':
      return judgePermit(write, view);
    case 'mark':
      return judgeMark(write, view);
  }
}

/** A message that names only a recipient may be the first between the two, and begin their channel. */
function judgeFirst(write: WriteOf<'send'>, view: ChannelView | undefined): Verdict {
  if (view === undefined || view.channel.position > 0) return judgeSend(write, view);
  const beginning = begin(view.channel, creationFor(write));
  const then = judgeSend(write, behind(view, beginning));
  if (then.outcome.kind === 'refused') return then;
  if (beginning.outcome.kind !== 'written' || then.outcome.kind !== 'written') return then;
  const entries = [...beginning.outcome.entries, ...then.outcome.entries];
  return { outcome: { ...then.outcome, entries }, effects: [...beginning.effects, ...then.effects] };
}

function creationFor(write: WriteOf<'send'>): WriteOf<'create'> {
  const userId = 'recipient' in write.to ? write.to.recipient : '';
  return {
    kind: 'create',
    by: write.by,
    at: write.at,
    channelId: '',
    type: 'PRIVATE',
    name: '',
    strategy: 'DURABLE',
    ttl: 0,
    members: [{ userId, permissions: undefined }],
  };
}

/** A channel that has just begun, and in which nothing has been said. */
function behind(view: ChannelView, { effects }: Verdict): ChannelView {
  const channel = effects.flatMap((effect) => (effect.kind === 'channel' ? [effect.channel] : [])).at(-1);
  const members = effects.flatMap((effect) => (effect.kind === 'member' ? [effect.member] : []));
  return {
    channel: channel ?? view.channel,
    member: (userId) => members.find((member) => member.userId === userId),
    message: () => undefined,
    sent: () => undefined,
    passage: () => ({ messages: 0, senders: new Map() }),
  };
}

function channelIdOf({ to }: WriteOf<'send'>): string {
  return 'channelId' in to ? to.channelId : '';
}
