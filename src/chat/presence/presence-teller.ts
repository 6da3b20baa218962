import type { Presence } from '@hermes/protocol';
import type { ChatBus } from '../live/index.js';
import type { SignalOf } from '../model/index.js';
import type { PresenceAudience } from './presence-audience.js';
import type { Turn } from './presence-store.js';
import { WaitingUsers } from './waiting-users.js';

/** Users in one go. */
const BATCH = 250;
const MOST_WAITING = 20_000;

/**
 * Tells comings and goings to those who may know of them. What cannot be told just now waits, the latest for each user;
 * what is not true any more when its turn comes is not told.
 */
export class PresenceTeller {
  readonly stats = { told: 0, outdated: 0, postponed: 0, dropped: 0 };
  readonly #waiting = new WaitingUsers<Turn>(MOST_WAITING);
  #working: Promise<void> | undefined;
  /** Whether there is something new since the last round began. */
  #isWanted = false;

  constructor(
    private readonly audience: Pick<PresenceAudience, 'channelsOf'>,
    private readonly bus: Pick<ChatBus, 'publish'>,
    private readonly presencesOf: (userIds: readonly string[]) => Promise<readonly Presence[]>,
  ) {}

  /** How many more users may wait. */
  get room(): number {
    return this.#waiting.room;
  }

  tell(turns: readonly Turn[]): void {
    for (const turn of turns) {
      if (!this.#waiting.add(turn)) this.stats.dropped++;
    }
  }

  /** Tells what waits, once each. Never throws. */
  work(): Promise<void> {
    this.#isWanted = true;
    return (this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (this.#isWanted && this.#waiting.size > 0) void this.work();
    }));
  }

  async #work(): Promise<void> {
    while (this.#isWanted && this.#waiting.size > 0) {
      this.#isWanted = false;
      await this.#round();
    }
  }

  async #round(): Promise<void> {
    for (let left = this.#waiting.size; left > 0; left -= BATCH) {
      const turns = this.#waiting.take(Math.min(left, BATCH));
      const postponed = await this.#tell(turns).catch(() => turns);
      this.stats.postponed += postponed.length;
      this.stats.dropped += this.#waiting.restore(postponed);
      // Whoever stands behind this is away; the others would fare no better.
      if (postponed.length === turns.length) return;
    }
  }

  /** @returns what could not be told yet */
  async #tell(turns: readonly Turn[]): Promise<readonly Turn[]> {
    const channels = await this.audience.channelsOf(turns.map(({ userId }) => userId));
    const known = turns.filter(({ userId }) => channels.has(userId));
    const presences = await this.presencesOf(known.map(({ userId }) => userId));
    const signals: SignalOf<'presence'>[] = [];
    known.forEach(({ userId, online }, index) => {
      const presence = presences[index];
      const where = channels.get(userId) ?? [];
      if (presence?.online !== online) this.stats.outdated++;
      else if (where.length > 0) signals.push({ kind: 'presence', ...presence, channels: where });
    });
    if (!(await this.bus.publish(signals))) return turns;
    this.stats.told += signals.length;
    return turns.filter(({ userId }) => !channels.has(userId));
  }
}
