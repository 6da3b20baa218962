import type { Channel, Message, Permissions } from '@hermes/protocol';
import type { ChatOutcome, ChatWrite } from './chat-write.js';
import type { Entry } from './entry.js';

/** That a user is a member of a channel, as a node needs to know it. */
export interface Membership {
  readonly channelId: string;
  readonly userId: string;
  readonly permissions: Permissions;
  readonly type: Channel['type'];
  /** Position of the newest entry of the channel. */
  readonly head: number;
  /** Up to where the user has been delivered to. */
  readonly delivered: number;
  /** Position of the entry that made him a member. */
  readonly since: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Undefined on the last page. */
  readonly next: string | undefined;
}

/** Part of a log: as much as was asked for, or less where it is large, so that what is read at once has a bound in bytes. */
export interface Stretch<T> {
  readonly items: readonly T[];
  /** Whether there is more behind it, in the direction asked for; then there is at least one item. */
  readonly more: boolean;
}

/**
 * Where channels, members and messages are kept.
 *
 * **Guarantees** asked of you: positions of a channel have no gaps; an entry that can be read has only entries before
 * it that can be read too; everything of one `write` is stored in one transaction, or nothing.
 * **On failure** throw {@link ChatStoreUnavailable}, within the time-out; the caller does not know whether a write that
 * failed was stored, and writes again. Nothing is retried inside.
 */
export abstract class ChatStore {
  /** Why nothing can be read or written just now, for readiness; undefined when all is well. */
  abstract readonly trouble: string | undefined;

  /** Judges the writes in order, each after those before it, and stores what is allowed. One outcome each. */
  abstract write(writes: readonly ChatWrite[]): Promise<readonly ChatOutcome[]>;

  /** The channel as the user sees it; undefined when there is none or he is no member. */
  abstract channel(channelId: string, userId: string): Promise<Channel | undefined>;

  /** Those with the newest entry first. @param token `next` of the page before */
  abstract channels(userId: string, limit: number, token: string | undefined): Promise<Page<Channel>>;

  /** Messages as they are now, before a position (newest first) or behind one (oldest first). */
  abstract messages(
    channelId: string,
    range: { readonly before: number } | { readonly after: number },
    limit: number,
  ): Promise<Stretch<Message>>;

  /** Entries behind a position, in order, up to `limit`; what was not kept or has expired is left out. */
  abstract entries(channelId: string, after: number, limit: number): Promise<Stretch<Entry>>;

  /** Position of the newest entry of a channel; 0 when there is none. */
  abstract head(channelId: string): Promise<number>;

  /** Of one user in one channel; undefined when he is no member. */
  abstract membership(channelId: string, userId: string): Promise<Membership | undefined>;

  /** All memberships of these users. */
  abstract memberships(userIds: readonly string[]): Promise<readonly Membership[]>;

  /** Channels that have grown since a moment (by the clock of the store, milliseconds) less a margin, with their heads. */
  abstract grownSince(since: number): Promise<{ readonly heads: ReadonlyMap<string, number>; readonly now: number }>;

  /** Memberships of these users that began since a moment, by the same clock and with the same margin. */
  abstract joinedSince(userIds: readonly string[], since: number): Promise<readonly Membership[]>;

  /** Of these users, those who share a channel with the user; with himself when he is among them. */
  abstract acquainted(userId: string, others: readonly string[]): Promise<ReadonlySet<string>>;

  /** Takes away messages that have expired. @returns how many */
  abstract sweep(): Promise<number>;
}

/** The store did not answer, or not in time. The message is for the operator: it may name hosts. */
export class ChatStoreUnavailable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ChatStoreUnavailable';
  }
}
