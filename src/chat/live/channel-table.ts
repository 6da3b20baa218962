import type { Membership } from '../model/index.js';
import { BoundedMap } from './bounded-map.js';
import { LocalChannel } from './local-channel.js';

/** Channels of which a node remembers how far it had shown them, or that they have grown. */
const REMEMBERED = 10_000;

/** Which part of a log a node has followed. */
export interface Followed {
  /** Position behind which it began. */
  readonly opened: number;
  /** Position of the last entry. */
  readonly cursor: number;
}

const NOTHING: Followed = { opened: 0, cursor: 0 };

/** The channels that this node follows, and what it remembers of others. */
export class ChannelTable {
  readonly #channels = new Map<string, LocalChannel>();
  readonly #closed = new BoundedMap<string, Followed>(REMEMBERED);
  readonly #grown = new BoundedMap<string, number>(REMEMBERED);

  get size(): number {
    return this.#channels.size;
  }

  get(channelId: string): LocalChannel | undefined {
    return this.#channels.get(channelId);
  }

  /** @param cursor position of the last entry that is not to be shown here */
  open(channelId: string, type: Membership['type'], cursor: number): LocalChannel {
    const channel = new LocalChannel(channelId, type, cursor);
    this.#channels.set(channelId, channel);
    return channel;
  }

  /** Whether the node follows the channel by this object: it may have been closed, and opened again by another. */
  has(channel: LocalChannel): boolean {
    return this.#channels.get(channel.id) === channel;
  }

  /** Not while it is behind: what it has not come to may add somebody who is here. */
  closeIfDeserted(channel: LocalChannel): void {
    if (!channel.deserted || channel.behind || !this.has(channel)) return;
    this.#channels.delete(channel.id);
    this.#closed.set(channel.id, { opened: channel.opened, cursor: channel.cursor });
  }

  /** What was followed of a channel that is closed, the last time that it was open. */
  closed(channelId: string): Followed {
    return this.#closed.get(channelId) ?? NOTHING;
  }

  /** Remembers that a channel has grown to there, whether the node follows it or not. */
  noteGrowth(channelId: string, position: number): void {
    if (position > (this.#grown.get(channelId) ?? 0)) this.#grown.set(channelId, position);
  }

  /** Up to where a channel is known to have grown, apart from what its own object knows. */
  grown(channelId: string): number {
    return Math.max(this.#grown.get(channelId) ?? 0, this.closed(channelId).cursor);
  }
}
