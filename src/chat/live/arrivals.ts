import type { ChatStore, Membership } from '../model/index.js';
import type { LocalUser } from './local-user.js';
import type { PatientReader } from './patient-reader.js';
import type { SweepWindow } from './sweep-window.js';

/** Users whose memberships are read together. */
const AT_ONCE = 100;

/** Told what was read of a user, once for each reading. */
export type Settle = (user: LocalUser, memberships: readonly Membership[]) => void;
type Waiter = (memberships: readonly Membership[]) => void;

/** Reads the memberships of users: one reading at a time, for all who came during the one before. */
export class Arrivals {
  readonly stats = { readings: 0, users: 0 };
  readonly #waiting = new Map<LocalUser, Waiter[]>();
  #reading = false;

  constructor(
    private readonly store: ChatStore,
    private readonly reader: PatientReader,
    private readonly window: SweepWindow,
    private readonly settle: Settle,
  ) {}

  /** Whether somebody's memberships are being read. */
  get busy(): boolean {
    return this.#reading;
  }

  /** @returns what is read of him from now on, when the node knows it; nothing when he goes before */
  read(user: LocalUser): Promise<readonly Membership[]> {
    return new Promise((resolve) => {
      const waiters = this.#waiting.get(user);
      if (waiters === undefined) this.#waiting.set(user, [resolve]);
      else waiters.push(resolve);
      if (!this.#reading) void this.#readAll();
    });
  }

  async #readAll(): Promise<void> {
    this.#reading = true;
    while (this.#waiting.size > 0) {
      const batch = new Map([...this.#waiting].slice(0, AT_ONCE));
      for (const user of batch.keys()) this.#waiting.delete(user);
      await this.#readBatch(batch);
    }
    this.#reading = false;
  }

  async #readBatch(batch: ReadonlyMap<LocalUser, readonly Waiter[]>): Promise<void> {
    const users = [...batch.keys()].filter(({ gone }) => !gone);
    const found = new Map(users.map(({ id }) => [id, [] as Membership[]]));
    const read = async () => {
      const since = await this.window.begin(this.store);
      return { since, memberships: await this.store.memberships([...found.keys()]) };
    };
    const answer = await this.reader.read(read, () => users.some(({ gone }) => !gone));
    for (const membership of answer?.memberships ?? []) found.get(membership.userId)?.push(membership);
    for (const [user, waiters] of batch) {
      const memberships = found.get(user.id) ?? [];
      if (answer !== undefined && !user.gone) this.settle(user, memberships);
      for (const tell of waiters) tell(user.gone ? [] : memberships);
    }
    if (answer === undefined) return;
    this.stats.readings++;
    this.stats.users += users.length;
    this.window.include(answer.since);
  }
}
