import type { MembershipChange, Message, MessageChanged } from '@hermes/protocol';

/** One step in the log of a channel: what every member learns, in the order of the positions. */
export type Entry =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'changed'; readonly changed: MessageChanged }
  | { readonly kind: 'membership'; readonly membership: MembershipChange };

export function channelOf(entry: Entry): string {
  return contentOf(entry).channelId;
}

/** 0 for a message of a channel that stores nothing. */
export function positionOf(entry: Entry): number {
  return contentOf(entry).position;
}

export function contentOf(entry: Entry): Message | MessageChanged | MembershipChange {
  switch (entry.kind) {
    case 'message':
      return entry.message;
    case 'changed':
      return entry.changed;
    case 'membership':
      return entry.membership;
  }
}
