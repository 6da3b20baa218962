import type { Attachment, ChannelType, Permissions, Strategy } from '@hermes/protocol';
import type { ChatRefusal } from './chat-refusal.js';
import type { Entry } from './entry.js';

/** A member to be; permissions undefined: what the type of the channel gives. */
export interface Candidate {
  readonly userId: string;
  readonly permissions: Permissions | undefined;
}

/** Where a message goes: to a channel, or to the private channel of its sender and a user, which is made if need be. */
export type Destination = { readonly channelId: string } | { readonly recipient: string };

/** Something that a user (`by`) wants changed, well-formed but not yet judged. `at` is milliseconds since 1970. */
export type ChatWrite = { readonly by: string; readonly at: number } & (
  | {
      readonly kind: 'send';
      readonly to: Destination;
      /** Chosen by the client; unique for this sender in this channel. */
      readonly id: string;
      readonly body: string;
      /** Position of the message it answers; 0 for none. */
      readonly parent: number;
      readonly attachments: readonly Attachment[];
    }
  | {
      readonly kind: 'edit';
      readonly channelId: string;
      readonly position: number;
      readonly body: string;
      readonly attachments: readonly Attachment[];
    }
  | { readonly kind: 'delete'; readonly channelId: string; readonly position: number }
  | {
      readonly kind: 'create';
      /** UUID for the new channel. */
      readonly channelId: string;
      readonly type: ChannelType;
      readonly name: string;
      readonly strategy: Strategy;
      /** Seconds; 0 unless the strategy is TTL. */
      readonly ttl: number;
      /** Without the creator; exactly one for a private channel. */
      readonly members: readonly Candidate[];
    }
  | { readonly kind: 'add'; readonly channelId: string; readonly members: readonly Candidate[] }
  /** A user who removes himself leaves. */
  | { readonly kind: 'remove'; readonly channelId: string; readonly userId: string }
  | {
      readonly kind: 'permit';
      readonly channelId: string;
      readonly userId: string;
      readonly permissions: Permissions;
    }
  | {
      readonly kind: 'mark';
      readonly channelId: string;
      readonly mark: 'DELIVERED' | 'READ';
      readonly position: number;
    }
);

/** One kind of write. */
export type WriteOf<K extends ChatWrite['kind']> = Extract<ChatWrite, { readonly kind: K }>;

/** What became of a write. */
export type ChatOutcome =
  /** Nothing was changed. */
  | { readonly kind: 'refused'; readonly refusal: ChatRefusal }
  /**
   * The log has grown: by these entries, in order. None when what was asked for is so already.
   * A message to a new private channel comes behind the entry that begins the channel.
   */
  | { readonly kind: 'written'; readonly channelId: string; readonly entries: readonly Entry[] }
  /** The message had been stored before, as this entry. */
  | { readonly kind: 'duplicate'; readonly channelId: string; readonly entry: Entry }
  /** May be sent, and the channel stores nothing: a message with position 0. `entries` as above. */
  | {
      readonly kind: 'passing';
      readonly channelId: string;
      readonly entries: readonly Entry[];
      readonly entry: Entry;
    }
  /** The mark stands at `position`. `authors`: whose messages it moved over, without the reader, at most 1,000. */
  | {
      readonly kind: 'marked';
      readonly channelId: string;
      readonly position: number;
      readonly moved: boolean;
      readonly authors: readonly string[];
    };
