import type { Attachment, ChannelPosition, EditMessage, NewMessage } from '@hermes/protocol';
import type { ChatWrite, Destination } from '../model/index.js';
import {
  boundedText,
  integer,
  invalid,
  list,
  object,
  properName,
  text,
  userId,
  uuid,
  type Untrusted,
} from './fields.js';

/** Who asks for something, and when, in milliseconds since 1970. */
export interface Asking {
  readonly by: string;
  readonly at: number;
}

/** @param maxBody bytes of a body */
export function sendWrite(asking: Asking, message: NewMessage, maxBody: number): ChatWrite {
  const given = object<NewMessage>('new_message', message);
  const id = properName('id', given.id, 64);
  const to = destination(asking.by, given);
  const parent = integer('parent', given.parent);
  return { ...asking, kind: 'send', id, to, parent, ...content(given, maxBody) };
}

export function editWrite(asking: Asking, edit: EditMessage, maxBody: number): ChatWrite {
  const given = object<EditMessage>('edit', edit);
  return { ...asking, kind: 'edit', ...place(given), ...content(given, maxBody) };
}

export function deleteWrite(asking: Asking, at: ChannelPosition): ChatWrite {
  return { ...asking, kind: 'delete', ...place(object<ChannelPosition>('delete', at)) };
}

export function markWrite(asking: Asking, mark: 'DELIVERED' | 'READ', at: ChannelPosition): ChatWrite {
  return { ...asking, kind: 'mark', mark, ...place(object<ChannelPosition>(mark.toLowerCase(), at)) };
}

/** What a client has seen of each channel. */
export function positionsSeen(channels: unknown): ReadonlyMap<string, number> {
  const seen = list('channels', channels, [0, 100_000]).map((item, index): readonly [string, number] => {
    const { channelId, position } = object<ChannelPosition>(`channels[${index}]`, item);
    return [uuid(`channels[${index}].channel_id`, channelId), integer(`channels[${index}].position`, position)];
  });
  return new Map(seen);
}

function place({ channelId, position }: Untrusted<ChannelPosition>): ChannelPosition {
  return { channelId: uuid('channel_id', channelId), position: integer('position', position, 1) };
}

function destination(by: string, { channelId, recipient }: Untrusted<NewMessage>): Destination {
  const [hasChannel, hasRecipient] = [isSaid(channelId), isSaid(recipient)];
  if (hasChannel === hasRecipient) throw invalid('to', 'say either channel_id or recipient');
  if (hasChannel) return { channelId: uuid('channel_id', channelId) };
  const user = userId('recipient', recipient);
  if (user === by) throw invalid('recipient', 'must be another user than the sender');
  return { recipient: user };
}

function content(
  { body, attachments }: Untrusted<Pick<NewMessage, 'body' | 'attachments'>>,
  maxBody: number,
): { body: string; attachments: readonly Attachment[] } {
  const attached = list('attachments', attachments, [0, 16]).map((item, index) => attachment(index, item));
  const written = boundedText('body', body, maxBody);
  if (written === '' && attached.length === 0) throw invalid('body', 'must not be empty without an attachment');
  return { body: written, attachments: attached };
}

function attachment(index: number, item: unknown): Attachment {
  const field = `attachments[${index}]`;
  const { url, type, name, size } = object<Attachment>(field, item);
  return {
    url: text(`${field}.url`, url, [1, 2_048]),
    type: text(`${field}.type`, type, [0, 128]),
    name: text(`${field}.name`, name, [0, 256]),
    size: integer(`${field}.size`, size),
  };
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
