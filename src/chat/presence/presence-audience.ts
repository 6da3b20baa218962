import type { ChatStore } from '../model/index.js';

/** Milliseconds until those whose memberships are still being loaded are left for another time. */
const PATIENCE = 2_000;

/** The memberships that this node has loaded for the users on it. */
export interface LocalMemberships {
  /** Resolves when the memberships of a user are known, or he has gone. */
  known(userId: string): Promise<void>;
  /** Private channels and groups of a user of this node. */
  channelsOf(userId: string): readonly string[];
}

/** In which channels it is told that a user has come or gone. */
export class PresenceAudience {
  constructor(
    private readonly local: LocalMemberships,
    private readonly store: ChatStore,
    /** Whether the user is on this node. */
    private readonly isHere: (userId: string) => boolean,
  ) {}

  /**
   * One who is not in the answer is not known yet: ask again.
   *
   * @throws {ChatStoreUnavailable}
   */
  async channelsOf(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const [here, away] = [userIds.filter(this.isHere), userIds.filter((userId) => !this.isHere(userId))];
    const [known, read] = await Promise.all([this.#known(here), this.#read(away)]);
    return new Map([...known, ...read]);
  }

  async #known(userIds: readonly string[]): Promise<Map<string, readonly string[]>> {
    const channels = new Map<string, readonly string[]>();
    const learn = async (userId: string): Promise<void> => {
      await this.local.known(userId);
      if (this.isHere(userId)) channels.set(userId, this.local.channelsOf(userId));
    };
    await noLongerThan(PATIENCE, Promise.allSettled(userIds.map(learn)));
    // Late ones go on into a map that nobody reads any more.
    return new Map(channels);
  }

  /** Of users on other nodes, or on none, this node knows no memberships. */
  async #read(userIds: readonly string[]): Promise<Map<string, string[]>> {
    const channels = new Map<string, string[]>(userIds.map((userId) => [userId, []]));
    if (userIds.length === 0) return channels;
    for (const { userId, channelId, type } of await this.store.memberships(userIds)) {
      if (type !== 'BROADCAST') channels.get(userId)?.push(channelId);
    }
    return channels;
  }
}

async function noLongerThan(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await Promise.race([promise, expiry]);
  clearTimeout(timer);
}
