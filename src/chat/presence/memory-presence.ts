import type { Presence } from '@hermes/protocol';
import { PresenceStore, type PresenceChange, type Turn } from './presence-store.js';
import type { Roster } from './roster.js';

/** For a node that knows of no other: what it knows by itself is all there is. */
export class MemoryPresence extends PresenceStore {
  readonly isAway: boolean = false;
  readonly works: boolean = true;

  constructor(private readonly roster: Roster) {
    super();
  }

  apply(changes: readonly PresenceChange[]): Promise<readonly Turn[]> {
    const turns = changes.filter(({ kind }) => kind !== 'stays');
    return Promise.resolve(turns.map(({ kind, userId }) => ({ userId, online: kind === 'came' })));
  }

  of(userIds: readonly string[]): Promise<readonly Presence[]> {
    return Promise.resolve(userIds.map((userId) => this.roster.of(userId)));
  }

  /** Nothing is ever forgotten here, so there is nothing to tend, to reap or to tell anew. */
  tend(): Promise<{ anew: boolean }> {
    return Promise.resolve({ anew: false });
  }

  reap(): Promise<readonly string[] | undefined> {
    return Promise.resolve(undefined);
  }

  leave(_grace: number): Promise<void> {
    return Promise.resolve();
  }

  whenBack(_watcher: () => void): void {}

  forget(): void {}
}
