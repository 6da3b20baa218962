import type { Message, ServerEvent } from '@hermes/protocol';
import { painter, type Paint } from '../painter.js';
import { printable } from '../printable.js';
import { timeOfDay } from '../time-of-day.js';

/**
 * One line for people: local time, channel, what happened.
 *
 * @example 14:03:07.042  5c0e…  #2  alice: hello
 */
export function chatLine(event: ServerEvent, colours: boolean, now = new Date()): string {
  const paint = painter(colours);
  const { at, channelId, text } = storyOf(event, paint);
  const place = channelId === undefined ? [] : [paint('cyan', printable(channelId))];
  return [paint('dim', timeOfDay(at === undefined ? now : new Date(at))), ...place, text].join('  ');
}

interface Story {
  /** Milliseconds since 1970; undefined for now. */
  readonly at?: number;
  readonly channelId?: string;
  readonly text: string;
}

function storyOf({ message, changed, membership, receipt, typing, presence }: ServerEvent, paint: Paint): Story {
  const user = (userId: string): string => paint('bold', printable(userId));
  if (message) return { at: message.sentAt, channelId: message.channelId, text: messageText(message, paint) };
  if (changed) {
    const { channelId, by, message: now } = changed;
    if (now.deletedAt > 0) return { at: now.deletedAt, channelId, text: `${user(by)} deleted #${now.position}` };
    return { at: now.editedAt, channelId, text: `${user(by)} edited #${now.position}: ${contentOf(now)}` };
  }
  if (membership) {
    const { at, channelId, kind, by, members } = membership;
    const whom = members.map(({ userId }) => user(userId)).join(', ');
    return { at, channelId, text: `${kind.toLowerCase()} by ${user(by)}: ${whom}` };
  }
  if (receipt) {
    const { at, channelId, userId, kind, position } = receipt;
    return { at, channelId, text: `${kind.toLowerCase()} to #${position}: ${user(userId)}` };
  }
  if (typing) return { channelId: typing.channelId, text: `${user(typing.userId)} is typing` };
  return presence ? { text: `${user(presence.userId)} ${presence.online ? 'is here' : 'has gone'}` } : { text: '' };
}

function messageText(message: Message, paint: Paint): string {
  const { position, sender, parent, deletedAt } = message;
  const number = position === 0 ? [] : [paint('dim', `#${position}`)];
  const answers = parent === 0 ? '' : ` (to #${parent})`;
  const content = deletedAt > 0 ? paint('dim', 'deleted') : contentOf(message);
  return [...number, `${paint('bold', printable(sender))}${answers}: ${content}`].join('  ');
}

function contentOf({ body, attachments }: Message): string {
  const files = attachments.map(({ name, url }) => `[${printable(name === '' ? url : `${name} ${url}`)}]`);
  return [...(body === '' ? [] : [printable(body)]), ...files].join(' ');
}
