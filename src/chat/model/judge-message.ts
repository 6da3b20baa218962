import type { Message } from '@hermes/protocol';
import { MOST_OWN, type ChannelFacts, type ChannelView, type MemberFacts } from './channel-view.js';
import type { WriteOf } from './chat-write.js';
import type { Entry } from './entry.js';
import { memberOf, refused, unchanged, unknown, written, type Verdict } from './verdict.js';

/** In a channel that has begun, to which a recipient has been resolved. */
export function judgeSend(write: WriteOf<'send'>, view: ChannelView | undefined): Verdict {
  const sender = memberOf(view, write.by);
  if (view === undefined || sender === undefined) return unknown();
  const { channel } = view;
  const earlier = view.sent(write.by, write.id);
  if (earlier !== undefined) return duplicate(channel, earlier);
  if (!sender.permissions.write) return refused('PERMISSION_DENIED', 'channel_id: you may not write in this channel');
  const parentFault = faultOfParent(write.parent, view);
  if (parentFault !== undefined) return parentFault;
  if (channel.strategy === 'TRANSIENT') return passing(channel, messageOf(write, channel.id, 0));
  const position = channel.position + 1;
  const grown = { ...channel, position, newest: position, messages: channel.messages + 1 };
  const entry: Entry = { kind: 'message', message: messageOf(write, channel.id, position) };
  return written(grown, entry, [{ kind: 'member', member: afterSending(sender, grown) }]);
}

export function judgeEdit(write: WriteOf<'edit'>, view: ChannelView | undefined): Verdict {
  const member = memberOf(view, write.by);
  if (view === undefined || member === undefined) return unknown();
  const message = changeable(view, write.position);
  if ('outcome' in message) return message;
  if (message.sender !== write.by) return refused('PERMISSION_DENIED', 'position: only its sender may edit a message');
  if (!member.permissions.write) return refused('PERMISSION_DENIED', 'channel_id: you may not write in this channel');
  if (message.deletedAt > 0) return refused('FAILED_PRECONDITION', 'position: the message has been deleted');
  return changed(write, view, {
    ...message,
    body: write.body,
    attachments: write.attachments,
    editedAt: write.at,
  });
}

export function judgeDelete(write: WriteOf<'delete'>, view: ChannelView | undefined): Verdict {
  const member = memberOf(view, write.by);
  if (view === undefined || member === undefined) return unknown();
  const message = changeable(view, write.position);
  if ('outcome' in message) return message;
  if (message.sender !== write.by && !member.permissions.manage) {
    return refused('PERMISSION_DENIED', 'position: only its sender and who manages the channel may delete a message');
  }
  if (message.deletedAt > 0) return unchanged(view.channel);
  return changed(write, view, { ...message, body: '', attachments: [], deletedAt: write.at });
}

function changeable(view: ChannelView, position: number): Message | Verdict {
  if (view.channel.strategy === 'TRANSIENT') {
    return refused('FAILED_PRECONDITION', 'channel_id: this channel stores nothing that could be changed');
  }
  return view.message(position) ?? refused('NOT_FOUND', 'position: there is no message at this position');
}

function changed({ by }: WriteOf<'edit' | 'delete'>, { channel }: ChannelView, message: Message): Verdict {
  const position = channel.position + 1;
  const entry: Entry = { kind: 'changed', changed: { channelId: channel.id, position, by, message } };
  return written({ ...channel, position }, entry, [{ kind: 'message', message }]);
}

function faultOfParent(parent: number, view: ChannelView): Verdict | undefined {
  if (parent === 0) return undefined;
  const { channel } = view;
  if (channel.strategy === 'TRANSIENT') {
    return refused('FAILED_PRECONDITION', 'parent: this channel stores nothing that could be answered');
  }
  if (view.message(parent) !== undefined) return undefined;
  const mayHaveGone = channel.strategy !== 'DURABLE' && parent <= channel.position;
  return mayHaveGone
    ? refused('FAILED_PRECONDITION', 'parent: this channel does not keep the message at this position any more')
    : refused('NOT_FOUND', 'parent: there is no message at this position');
}

/**
 * Who had read everything that others said before has read everything now. It has been delivered to him only when all else
 * has: a change that has not reached him would be passed over when he comes back.
 */
function afterSending(sender: MemberFacts, { position, messages }: ChannelFacts): MemberFacts {
  if (sender.readMessages + sender.own.length !== messages - 1) {
    return { ...sender, own: [...sender.own, position].slice(-MOST_OWN) };
  }
  const delivered = sender.delivered === position - 1 ? position : sender.delivered;
  return { ...sender, delivered, read: position, readMessages: messages, own: [] };
}

function messageOf(write: WriteOf<'send'>, channelId: string, position: number): Message {
  const { id, by, body, parent, attachments, at } = write;
  return { channelId, position, id, sender: by, body, parent, attachments, sentAt: at, editedAt: 0, deletedAt: 0 };
}

function duplicate({ id }: ChannelFacts, message: Message): Verdict {
  return { outcome: { kind: 'duplicate', channelId: id, entry: { kind: 'message', message } }, effects: [] };
}

function passing({ id }: ChannelFacts, message: Message): Verdict {
  return { outcome: { kind: 'passing', channelId: id, entries: [], entry: { kind: 'message', message } }, effects: [] };
}
