import { Injectable, Logger } from '@nestjs/common';
import type { Kysely } from 'kysely';
import type { Channel, Message } from '@hermes/protocol';
import { Database, DatabaseUnavailable } from '../../stores/index.js';
import {
  ChatConfig,
  ChatStore,
  ChatStoreUnavailable,
  isChannelId,
  judge,
  judgeForm,
  type ChatOutcome,
  type ChatWrite,
  type Entry,
  type Membership,
  type Page,
  type Stretch,
} from '../model/index.js';
import { load } from './batch-load.js';
import { normalized } from './batch-needs.js';
import { save } from './batch-save.js';
import type { ChannelDraft } from './channel-draft.js';
import { readChannel, readChannels } from './channel-reads.js';
import { readEntries, readHead, readMessages } from './entry-reads.js';
import { takeExpired } from './expiry.js';
import { readAcquainted, readGrownSince, readJoinedSince, readMembership, readMemberships } from './member-reads.js';
import { MIGRATIONS } from './migrations/index.js';
import { readPageToken } from './page-token.js';
import type { ChatTables } from './tables.js';

/** Statements of one sweep; what is left then waits for the next. */
const MOST_SWEEPS = 20;
/** Of the log of a channel that does not exist. */
const NOTHING: Stretch<never> = { items: [], more: false };

/** Keeps chat in PostgreSQL: on a server, or in this process. */
@Injectable()
export class PostgresChatStore extends ChatStore {
  /** What was done, by fixed words used as metric labels. */
  readonly stats = { batches: 0, writes: 0, refused: 0, failures: 0, expired: 0 };
  readonly #logger = new Logger('ChatStore');

  constructor(
    private readonly database: Database,
    private readonly config: ChatConfig,
  ) {
    super();
    database.expect('chat', MIGRATIONS);
  }

  override get trouble(): string | undefined {
    return this.database.trouble;
  }

  override async write(writes: readonly ChatWrite[]): Promise<readonly ChatOutcome[]> {
    const batch = writes.map(normalized);
    const outcomes = new Map<ChatWrite, ChatOutcome>();
    for (const write of batch) {
      const fault = judgeForm(write, this.config);
      if (fault !== undefined) outcomes.set(write, fault.outcome);
    }
    const wellFormed = batch.filter((write) => !outcomes.has(write));
    if (wellFormed.length > 0) {
      for (const [write, outcome] of await this.#store(wellFormed)) outcomes.set(write, outcome);
    }
    const all = batch.flatMap((write) => outcomes.get(write) ?? []);
    this.stats.batches++;
    this.stats.writes += all.length;
    this.stats.refused += all.filter(({ kind }) => kind === 'refused').length;
    return all;
  }

  override async channel(channelId: string, userId: string): Promise<Channel | undefined> {
    const id = readId(channelId);
    return id === undefined ? undefined : this.#run((db) => readChannel(db, id, userId));
  }

  override async channels(userId: string, limit: number, token: string | undefined): Promise<Page<Channel>> {
    const end = token === undefined ? undefined : readPageToken(token);
    return this.#run((db) => readChannels(db, userId, limit, end));
  }

  override async messages(
    channelId: string,
    range: { readonly before: number } | { readonly after: number },
    limit: number,
  ): Promise<Stretch<Message>> {
    const id = readId(channelId);
    return id === undefined ? NOTHING : this.#run((db) => readMessages(db, id, range, limit));
  }

  override async entries(channelId: string, after: number, limit: number): Promise<Stretch<Entry>> {
    const id = readId(channelId);
    return id === undefined ? NOTHING : this.#run((db) => readEntries(db, id, after, limit));
  }

  override async head(channelId: string): Promise<number> {
    const id = readId(channelId);
    return id === undefined ? 0 : this.#run((db) => readHead(db, id));
  }

  override async membership(channelId: string, userId: string): Promise<Membership | undefined> {
    const id = readId(channelId);
    return id === undefined ? undefined : this.#run((db) => readMembership(db, id, userId));
  }

  override memberships(userIds: readonly string[]): Promise<readonly Membership[]> {
    return this.#run((db) => readMemberships(db, userIds));
  }

  override grownSince(since: number): Promise<{ readonly heads: ReadonlyMap<string, number>; readonly now: number }> {
    return this.#run((db) => readGrownSince(db, since));
  }

  override joinedSince(userIds: readonly string[], since: number): Promise<readonly Membership[]> {
    return this.#run((db) => readJoinedSince(db, userIds, since));
  }

  override acquainted(userId: string, others: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#run((db) => readAcquainted(db, userId, others));
  }

  override async sweep(): Promise<number> {
    let taken = 0;
    for (let count = 0; count < MOST_SWEEPS; count++) {
      const { messages, more } = await this.#run(takeExpired);
      taken += messages;
      if (!more) break;
    }
    this.stats.expired += taken;
    return taken;
  }

  /** One transaction: whatever is refused, the others are stored, and all of them or none. */
  #store(writes: readonly ChatWrite[]): Promise<readonly (readonly [ChatWrite, ChatOutcome])[]> {
    return this.#run((db) =>
      db.transaction().execute(async (trx) => {
        const matters = await load(trx, writes);
        const outcomes = matters.map(({ write, draft }) => {
          const { outcome, effects } = judge(write, draft, this.config);
          draft?.apply(effects);
          return [write, outcome] as const;
        });
        await save(trx, [...new Set(matters.flatMap(({ draft }): readonly ChannelDraft[] => (draft ? [draft] : [])))]);
        return outcomes;
      }),
    );
  }

  async #run<T>(work: (db: Kysely<ChatTables>) => Promise<T>): Promise<T> {
    const { trouble } = this.database;
    try {
      return await this.database.run(work);
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
      this.stats.failures++;
      // What is known already has been told, by those who try to reach the database.
      if (trouble === undefined) this.#logger.warn('chat.store.failed', { reason: error.message, state: error.state });
      throw new ChatStoreUnavailable(error.message, error);
    }
  }
}

/** @returns the id as the database writes it; undefined when it cannot be the id of anything */
function readId(channelId: string): string | undefined {
  const id = channelId.toLowerCase();
  return isChannelId(id) ? id : undefined;
}
