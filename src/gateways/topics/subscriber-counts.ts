import { setImmediate } from 'node:timers/promises';
import { WILDCARD } from '../../delivery/index.js';
import type { Session } from '../../sessions/index.js';

/** Sessions that are looked at in one turn of the event loop, so that no event waits for a count. */
const AT_ONCE = 1_000;

export interface SubscriberCounts {
  /** Sessions by the channel they subscribed to, with all its events or one of them. */
  readonly channels: ReadonlyMap<string, number>;
  /** Sessions that subscribed to every channel at once; they are not in the other counts. */
  readonly everyChannel: number;
}

/** Counts the sessions by channel, each once a channel. */
export async function countSubscribers(
  sessions: Iterable<Pick<Session, 'subscriber'>>,
  prefix: string,
): Promise<SubscriberCounts> {
  const channels = new Map<string, number>();
  let everyChannel = 0;
  let looked = 0;
  for (const { subscriber } of sessions) {
    if (++looked % AT_ONCE === 0) await setImmediate();
    for (const channel of new Set([...subscriber.topics].map((topic) => topic.channel))) {
      if (channel === WILDCARD) everyChannel++;
      else if (channel.startsWith(prefix)) channels.set(channel, (channels.get(channel) ?? 0) + 1);
    }
  }
  return { channels, everyChannel };
}
