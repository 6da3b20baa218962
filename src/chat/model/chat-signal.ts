import type { Message } from '@hermes/protocol';
import type { Entry } from './entry.js';

/**
 * What nodes tell each other over the bus. Signals may be lost, doubled or overtake one another: the log is the truth, and
 * a node that sees a gap reads it there. What is not in the log (the last four) is told once and not again.
 */
export type ChatSignal =
  /** A channel has grown by these entries, in order and without a gap. */
  | { readonly kind: 'entries'; readonly channelId: string; readonly entries: readonly Entry[] }
  /** A channel has grown up to here: by entries too large to carry, or of which it is not known who has heard. */
  | { readonly kind: 'head'; readonly channelId: string; readonly position: number }
  /** A message of a channel that stores nothing. */
  | { readonly kind: 'passing'; readonly channelId: string; readonly message: Message }
  /** The mark of a user has moved; `to` are those it is of interest to. */
  | {
      readonly kind: 'receipt';
      readonly channelId: string;
      readonly userId: string;
      readonly mark: 'DELIVERED' | 'READ';
      readonly position: number;
      readonly at: number;
      readonly to: readonly string[];
    }
  | { readonly kind: 'typing'; readonly channelId: string; readonly userId: string }
  /** A user has come or gone; `channels` are those whose members may know. */
  | {
      readonly kind: 'presence';
      readonly userId: string;
      readonly online: boolean;
      readonly lastSeen: number;
      readonly channels: readonly string[];
    };

export type SignalKind = ChatSignal['kind'];
export type SignalOf<K extends SignalKind> = Extract<ChatSignal, { readonly kind: K }>;
