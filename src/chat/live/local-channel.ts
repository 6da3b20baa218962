import type { Channel, Permissions } from '@hermes/protocol';
import type { Delivery, Subscriber } from '../../delivery/index.js';
import { positionOf, type Entry } from '../model/index.js';

type Users = Delivery['users'];

/** A member who has a session on this node. */
export interface LocalMember {
  /** As of the cursor of the channel. */
  readonly permissions: Permissions;
  /** Position of the entry that made him a member. */
  readonly since: number;
}

/** A session that is being shown what it missed in a channel. */
export interface Replay {
  readonly userId: string;
  /** Whether he may read, or could when he was removed. */
  reads: boolean;
  /** Position of the entry that removed the user meanwhile: the last one he is shown. */
  until: number | undefined;
}

/** A channel that somebody on this node is a member of, with how far its sessions here have been shown the log. */
export class LocalChannel {
  readonly members = new Map<string, LocalMember>();
  readonly #replays = new Map<Subscriber, Replay>();
  /** Sessions that were shown more than the others, and up to where. */
  readonly #ahead = new WeakMap<Subscriber, number>();
  /** The furthest of these. */
  #furthest = 0;
  /** Where it stood when the node began to follow it: what is before that has changed no picture. */
  readonly opened: number;
  #head: number;

  constructor(
    readonly id: string,
    readonly type: Channel['type'],
    private position: number,
  ) {
    this.opened = position;
    this.#head = position;
  }

  /** Position of the last entry that the sessions here were shown. */
  get cursor(): number {
    return this.position;
  }

  /** Position of the newest entry that is said to be there. */
  get head(): number {
    return this.#head;
  }

  get behind(): boolean {
    return this.position < this.#head;
  }

  /** Whether nobody here has anything to do with it any more. */
  get deserted(): boolean {
    return this.members.size === 0 && this.#replays.size === 0;
  }

  /** There is said to be an entry at this position. */
  heard(position: number): void {
    if (position > this.#head) this.#head = position;
  }

  /** The store has no entry behind this position: what was heard of others is not true. */
  disbelieve(position: number): void {
    this.#head = Math.max(this.position, Math.min(this.#head, position));
  }

  /** Everything up to here has been shown, as far as it was kept. */
  advance(position: number): void {
    if (position <= this.position) return;
    this.position = position;
    this.heard(position);
  }

  /** @param since position of the entry that made him a member */
  add(userId: string, permissions: Permissions, since: number): void {
    this.members.set(userId, { permissions, since });
    this.#changeReplays(userId, { reads: permissions.read, until: undefined });
  }

  /** What a member may do has changed. */
  permit(userId: string, permissions: Permissions): void {
    const member = this.members.get(userId);
    if (member !== undefined) this.members.set(userId, { ...member, permissions });
    this.#changeReplays(userId, { reads: permissions.read });
  }

  /** The entry at the position has removed him: the last one that he is shown. */
  remove(userId: string, position: number): void {
    this.members.delete(userId);
    this.#changeReplays(userId, { until: position });
  }

  /** Whom an entry with the next position is for, without those who are shown it by a replay. */
  *audience(entry: Entry, users: Users): Generator<Subscriber> {
    const position = positionOf(entry);
    const special = this.#replays.size > 0 || this.#furthest >= position;
    for (const subscriber of this.sessions(users, entry.kind !== 'membership')) {
      if (special && (this.#replays.has(subscriber) || this.ahead(subscriber) >= position)) continue;
      yield subscriber;
    }
  }

  /** Members who are here and may read. */
  get readers(): readonly string[] {
    return [...this.members].filter(([, { permissions }]) => permissions.read).map(([userId]) => userId);
  }

  /** Sessions of its members. @param readers only of those who may read */
  *sessions(users: Users, readers: boolean): Generator<Subscriber> {
    for (const [userId, { permissions }] of this.members) {
      if (!readers || permissions.read) yield* users.sessionsOf(userId) ?? [];
    }
  }

  replays(subscriber: Subscriber): boolean {
    return this.#replays.has(subscriber);
  }

  /** From here on the session is not shown what comes, until {@link settle}. */
  replay(subscriber: Subscriber, userId: string, reads: boolean): Replay {
    const replay: Replay = { userId, reads, until: undefined };
    this.#replays.set(subscriber, replay);
    return replay;
  }

  /** The session has been shown everything up to here and is one of the others again. */
  settle(subscriber: Subscriber, position: number): void {
    this.#replays.delete(subscriber);
    this.skip(subscriber, position);
    this.heard(position);
  }

  /** The session has seen everything up to here, elsewhere. */
  skip(subscriber: Subscriber, position: number): void {
    if (position <= this.position) return;
    this.#ahead.set(subscriber, position);
    this.#furthest = Math.max(this.#furthest, position);
  }

  /** The replay has come to nothing: the session has ended. */
  abandon(subscriber: Subscriber): void {
    this.#replays.delete(subscriber);
  }

  /** Up to where a session that is not replaying has been shown the log. */
  shownTo(subscriber: Subscriber): number {
    return Math.max(this.position, this.ahead(subscriber));
  }

  /** What it has seen beyond the others; 0 for nothing. */
  ahead(subscriber: Subscriber): number {
    return this.#ahead.get(subscriber) ?? 0;
  }

  #changeReplays(userId: string, change: Partial<Pick<Replay, 'reads' | 'until'>>): void {
    for (const replay of this.#replays.values()) if (replay.userId === userId) Object.assign(replay, change);
  }
}

/** A channel of which a session has been shown the log up to a position. */
export interface MissedLog {
  readonly channel: LocalChannel;
  readonly from: number;
  readonly replay: Replay;
}
