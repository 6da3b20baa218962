/** In a subscription: every channel, or every event of a channel. Never the name of either. */
export const WILDCARD = '***';

/** The channel of everything that is no event: commands, their answers and pings. */
export const STATUS_CHANNEL = 'ws_status';

/** The channel of what chat says to a session, and of the commands with which a session takes part. */
export const CHAT_CHANNEL = 'chat';

/** Where a client opens its WebSocket. */
export const SUBSCRIBE_PATH = '/_ws/subscribe';

/** Where events are published: `POST`, with `Authorization: Bearer <API key>`. */
export const PUBLISH_PATH = '/api/events';

/** What channels begin with that carry what nodes of Hermes tell each other. */
const NODES_PREFIX = 'hermes.';

/**
 * Whether a channel is Hermes's own: clients believe what they read on `ws_status` and `chat`, and nodes what they read on
 * `hermes.…`. No producer, no client and no mapping of a source may name one.
 */
export function isReservedChannel(channel: string): boolean {
  return channel === STATUS_CHANNEL || channel === CHAT_CHANNEL || isNodesChannel(channel);
}

/** Whether nodes talk to each other there. */
export function isNodesChannel(channel: string): boolean {
  return channel.startsWith(NODES_PREFIX);
}
