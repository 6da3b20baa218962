import type { Identity } from './audience.js';
import type { Subscriber } from './subscriber.js';

/** All sessions of each user, found without looking at anybody else's. */
export class UserIndex {
  readonly #users = new Map<string, Set<Subscriber>>();

  /** How many users have at least one session. */
  get size(): number {
    return this.#users.size;
  }

  sessionsOf(userId: string): ReadonlySet<Subscriber> | undefined {
    return this.#users.get(userId);
  }

  identify(subscriber: Subscriber, identity: Identity | undefined): void {
    this.#forget(subscriber);
    subscriber.identity = identity;
    if (identity === undefined) return;
    const sessions = this.#users.get(identity.userId);
    if (sessions === undefined) this.#users.set(identity.userId, new Set([subscriber]));
    else sessions.add(subscriber);
  }

  #forget(subscriber: Subscriber): void {
    const userId = subscriber.identity?.userId;
    if (userId === undefined) return;
    const sessions = this.#users.get(userId);
    sessions?.delete(subscriber);
    if (sessions?.size === 0) this.#users.delete(userId);
  }
}
