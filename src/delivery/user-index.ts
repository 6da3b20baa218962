import type { Identity } from './audience.js';
import type { Subscriber } from './subscriber.js';

/** Told when a user's first session on this node is his, and when his last one is not any more. */
export interface UserWatcher {
  userArrived(userId: string): void;
  userLeft(userId: string): void;
}

/** All sessions of each user, found without looking at anybody else's. */
export class UserIndex {
  readonly #users = new Map<string, Set<Subscriber>>();
  readonly #watchers: UserWatcher[] = [];

  /** How many users have at least one session. */
  get size(): number {
    return this.#users.size;
  }

  /** Every user who has a session. */
  get present(): Iterable<string> {
    return this.#users.keys();
  }

  watch(watcher: UserWatcher): void {
    this.#watchers.push(watcher);
  }

  sessionsOf(userId: string): ReadonlySet<Subscriber> | undefined {
    return this.#users.get(userId);
  }

  identify(subscriber: Subscriber, identity: Identity | undefined): void {
    const before = subscriber.identity?.userId;
    subscriber.identity = identity;
    const after = identity?.userId;
    if (before === after) return;
    if (after !== undefined) this.#add(subscriber, after);
    if (before !== undefined) this.#remove(subscriber, before);
  }

  #add(subscriber: Subscriber, userId: string): void {
    const sessions = this.#users.get(userId);
    if (sessions !== undefined) {
      sessions.add(subscriber);
      return;
    }
    this.#users.set(userId, new Set([subscriber]));
    for (const watcher of this.#watchers) watcher.userArrived(userId);
  }

  #remove(subscriber: Subscriber, userId: string): void {
    const sessions = this.#users.get(userId);
    sessions?.delete(subscriber);
    if (sessions?.size !== 0) return;
    this.#users.delete(userId);
    for (const watcher of this.#watchers) watcher.userLeft(userId);
  }
}
