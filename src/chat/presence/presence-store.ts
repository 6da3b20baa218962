import type { Presence } from '@hermes/protocol';

/** What has become of a user on this node. */
export type PresenceChange =
  /** He is here, and was not. */
  | { readonly kind: 'came'; readonly userId: string }
  /** He has been here all the while, and the store has forgotten. */
  | { readonly kind: 'stays'; readonly userId: string }
  /** His last session here ended `ago` milliseconds ago. */
  | { readonly kind: 'went'; readonly userId: string; readonly ago: number };

/** Something about a user that others may want to know. */
export interface Turn {
  readonly userId: string;
  readonly online: boolean;
}

/**
 * Where nodes keep who is on which of them: a convenience, never a truth that anything else stands on.
 *
 * **Guarantees** asked of you: a user is online while a node that is alive says that he is there; a node that dies is
 * forgotten within seconds, and of everybody who was nowhere else exactly one node learns it, by `reap`.
 * **On failure** throw at once; the caller then answers by what this node knows, and applies the changes again later.
 */
export abstract class PresenceStore {
  /** Whether it is no use to ask it anything. */
  abstract readonly isAway: boolean;

  /** Whether changes can be applied just now. */
  abstract readonly works: boolean;

  /** Asks to be told when the store may be used again after it was away; `tend` is called then. */
  abstract whenBack(watcher: () => void): void;

  /** At most one change a user, at most 500. @returns who came from nowhere else, and who is nowhere now */
  abstract apply(changes: readonly PresenceChange[]): Promise<readonly Turn[]>;

  /** One answer for each user, in order. */
  abstract of(userIds: readonly string[]): Promise<readonly Presence[]>;

  /** Says that this node is alive. @returns whether the store knows nothing of its users, all of whom must be told anew */
  abstract tend(): Promise<{ readonly anew: boolean }>;

  /** Forgets users of nodes that have died, some at a time. @returns those who are nowhere now; undefined: no more */
  abstract reap(): Promise<readonly string[] | undefined>;

  /** Gives up what the store knows of this node: everybody is to be told anew. */
  abstract forget(): void;

  /** Says that this node is about to end; its users are given `grace` milliseconds to come to another. */
  abstract leave(grace: number): Promise<void>;
}
