import type { ChatCalls } from '@hermes/protocol';
import { integer, invalid, limit, list, object, text, userId, uuid } from './fields.js';

/** Which messages of a channel. */
export interface MessagesQuestion {
  readonly channelId: string;
  readonly range: { readonly before: number } | { readonly after: number };
  readonly limit: number;
}

export function messagesQuestion(request: ChatCalls['listMessages'][0]): MessagesQuestion {
  const given = object<ChatCalls['listMessages'][0]>('messages', request);
  const [before, after] = [integer('before', given.before), integer('after', given.after)];
  if (before > 0 && after > 0) throw invalid('after', 'must be 0 together with before');
  const range = after > 0 ? { after } : { before: before || Number.MAX_SAFE_INTEGER };
  return { channelId: uuid('channel_id', given.channelId), range, limit: limit('limit', given.limit) };
}

export function channelsQuestion(request: ChatCalls['listChannels'][0]): { limit: number; token: string | undefined } {
  const { pageSize, pageToken } = object<ChatCalls['listChannels'][0]>('channels', request);
  return { limit: limit('page_size', pageSize), token: text('page_token', pageToken, [0, 256]) || undefined };
}

export function presenceQuestion(userIds: unknown): readonly string[] {
  return list('user_ids', userIds, [1, 1_000]).map((user, index) => userId(`user_ids[${index}]`, user));
}
