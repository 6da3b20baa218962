import type { Channel, Member, Message, Permissions } from '@hermes/protocol';
import type { Entry } from './entry.js';

/** A channel as the judge needs it. */
export interface ChannelFacts {
  readonly id: string;
  readonly type: Channel['type'];
  readonly name: string;
  readonly strategy: Channel['strategy'];
  /** Seconds; 0 unless the strategy is TTL. */
  readonly ttl: number;
  /** User id. */
  readonly creator: string;
  /** Stands for its two users; null unless it is private. */
  readonly pair: string | null;
  /** Of the newest entry; 0 while the channel has not begun: for everybody there is no such channel then. */
  readonly position: number;
  /** Position of the newest message; 0 for none. */
  readonly newest: number;
  /** Messages that it ever had. */
  readonly messages: number;
  /** Members that it has, and how many of them manage it. */
  readonly members: number;
  readonly managers: number;
  /** Members that it ever had. */
  readonly seats: number;
}

/** A member as the judge needs him. */
export interface MemberFacts {
  readonly userId: string;
  readonly permissions: Permissions;
  /** Position of the entry that made him a member. */
  readonly joined: number;
  /** In which order members came. */
  readonly seat: number;
  readonly delivered: number;
  readonly read: number;
  /** Messages up to his read mark, so that those he has not read are counted without looking at them. */
  readonly readMessages: number;
  /** Positions of his own messages behind his read mark, the newest {@link MOST_OWN}: they do not count as unread. */
  readonly own: readonly number[];
}

/** A member who sends so much without ever reading is a program, and its unread count may be too high. */
export const MOST_OWN = 100;

/** What lies between a member's mark and the position it shall move to. */
export interface Passage {
  /** Messages that the channel had up to that position. */
  readonly messages: number;
  /** Senders of messages in between, with the last position of each; at most 1,000. */
  readonly senders: ReadonlyMap<string, number>;
}

/** What the judge can see of one channel: everything that a write asks for has been looked up. */
export interface ChannelView {
  readonly channel: ChannelFacts;
  member(userId: string): MemberFacts | undefined;
  /** Undefined when there is none at this position, or not any more. */
  message(position: number): Message | undefined;
  /** The message that was stored under this id of this sender. */
  sent(sender: string, id: string): Message | undefined;
  /** @param position not behind the newest entry */
  passage(userId: string, mark: 'DELIVERED' | 'READ', position: number): Passage;
}

/** What a verdict changes. */
export type Effect =
  | { readonly kind: 'channel'; readonly channel: ChannelFacts }
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'member'; readonly member: MemberFacts }
  | { readonly kind: 'gone'; readonly userId: string }
  /** An earlier message, as it is from now on. */
  | { readonly kind: 'message'; readonly message: Message };

/** Somebody in a membership entry, where marks are 0. */
export function memberIn(userId: string, permissions: Permissions): Member {
  return { userId, permissions, delivered: 0, read: 0 };
}
