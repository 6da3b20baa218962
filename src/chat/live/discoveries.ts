import type { ChatStore, Membership } from '../model/index.js';
import type { LocalUser } from './local-user.js';
import type { PatientReader } from './patient-reader.js';
import { Slots } from './slots.js';

/** Memberships that are read at the same time. */
const AT_ONCE = 8;
/** Channels whose memberships are waited for; what comes beyond that is left to the sweep. */
const MOST = 10_000;

/** Somebody who is said to have been added to a channel. */
export interface Rumour {
  readonly channelId: string;
  /** Position of the entry that is said to add them. */
  readonly position: number;
  readonly users: readonly LocalUser[];
}

export interface Hearers {
  /** What the store says of one of them. */
  readonly learn: (user: LocalUser, membership: Membership) => void;
  /** What was said is not true any more of one of them: the others must be read one by one. */
  readonly read: (user: LocalUser) => void;
}

/**
 * Asks the store whether it is true that users who are here have been added to a channel that the node does not follow. It may
 * be old news: they may have been removed since, and have seen it all on another node.
 */
export class Discoveries {
  readonly stats = { asked: 0, outdated: 0, overflowed: 0 };
  readonly #slots = new Slots(AT_ONCE);
  readonly #asking = new Set<string>();

  constructor(
    private readonly store: ChatStore,
    private readonly reader: PatientReader,
    private readonly hearers: Hearers,
  ) {}

  /** Whether an answer is on its way. */
  get busy(): boolean {
    return this.#asking.size > 0;
  }

  add(rumour: Rumour): void {
    const key = `${rumour.channelId} ${rumour.position}`;
    if (this.#asking.has(key)) return;
    if (this.#asking.size >= MOST) {
      this.stats.overflowed++;
      return;
    }
    this.#asking.add(key);
    void this.#ask(rumour).finally(() => this.#asking.delete(key));
  }

  async #ask({ channelId, position, users }: Rumour): Promise<void> {
    const user = users.find(({ gone }) => !gone);
    if (user === undefined) return;
    await this.#slots.take();
    const membership = await this.reader
      .read(
        () => this.store.membership(channelId, user.id),
        () => !user.gone,
      )
      .finally(() => this.#slots.give());
    this.stats.asked++;
    if (membership !== undefined && !user.gone) this.hearers.learn(user, membership);
    if (membership?.since === position) return;
    this.stats.outdated++;
    for (const other of users) if (other !== user && !other.gone) this.hearers.read(other);
  }
}
