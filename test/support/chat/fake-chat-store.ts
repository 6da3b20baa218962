import type { Channel, Member, Message, Permissions, Strategy } from '@hermes/protocol';
import {
  ChatRefusal,
  ChatStore,
  ChatStoreUnavailable,
  initialPermissions,
  noSuchChannel,
  positionOf,
  type ChatOutcome,
  type ChatWrite,
  type Entry,
  type Membership,
  type Page,
  type Stretch,
} from '../../../src/chat/model/index.js';

type WriteOf<K extends ChatWrite['kind']> = Extract<ChatWrite, { readonly kind: K }>;

interface Inside {
  permissions: Permissions;
  since: number;
  joinedAt: number;
  delivered: number;
  read: number;
}

interface Log {
  readonly id: string;
  readonly type: Channel['type'];
  readonly strategy: Strategy;
  readonly creator: string;
  readonly members: Map<string, Inside>;
  entries: Entry[];
  head: number;
  grownAt: number;
}

/**
 * A log in memory, as faithful as it is plain. Every call passes the gate twice, once before it looks and once before it
 * answers, so that a test can hold it back at either place, or let it fail.
 */
export class FakeChatStore extends ChatStore {
  /** How often each method was called. */
  readonly calls: Record<string, number> = {};
  /** Writes of each transaction. */
  readonly batches: (readonly ChatWrite[])[] = [];
  /** How many messages or entries it hands over at once, however many are asked for: as if they were large. */
  longest = Infinity;
  readonly #logs = new Map<string, Log>();
  #now = 1_000;
  #away: string | undefined;

  /** @param gate resolves when the call may go on */
  constructor(public gate: () => Promise<void> = () => Promise.resolve()) {
    super();
  }

  override get trouble(): string | undefined {
    return this.#away;
  }

  goAway(reason = 'connection refused'): void {
    this.#away = reason;
  }

  comeBack(): void {
    this.#away = undefined;
  }

  /** Forgets entries, as a strategy would. */
  drop(channelId: string, position: number): void {
    const log = this.log(channelId);
    log.entries = log.entries.filter((entry) => positionOf(entry) !== position);
  }

  log(channelId: string): Log {
    const log = this.#logs.get(channelId);
    if (log === undefined) throw new Error(`no channel ${channelId}`);
    return log;
  }

  override write(writes: readonly ChatWrite[]): Promise<readonly ChatOutcome[]> {
    return this.#call('write', () => {
      this.batches.push(writes);
      this.#now++;
      return writes.map((write) => this.judge(write));
    });
  }

  /** Writes at once, without passing the gate. */
  judge(write: ChatWrite): ChatOutcome {
    try {
      switch (write.kind) {
        case 'create':
          return this.#create(write);
        case 'send':
          return this.#send(write);
        case 'edit':
        case 'delete':
          return this.#change(write);
        case 'add':
          return this.#add(write);
        case 'remove':
          return this.#remove(write);
        case 'permit':
          return this.#permit(write);
        case 'mark':
          return this.#mark(write);
      }
    } catch (error) {
      if (error instanceof ChatRefusal) return { kind: 'refused', refusal: error };
      throw error;
    }
  }

  override channel(channelId: string, userId: string): Promise<Channel | undefined> {
    return this.#call('channel', () => this.#channelFor(channelId, userId));
  }

  override channels(userId: string, limit: number, token: string | undefined): Promise<Page<Channel>> {
    return this.#call('channels', () => {
      const all = [...this.#logs.keys()]
        .map((id) => this.#channelFor(id, userId))
        .filter((found) => found !== undefined);
      const from = Number(token ?? 0);
      const next = from + limit < all.length ? String(from + limit) : undefined;
      return { items: all.slice(from, from + limit), next };
    });
  }

  override messages(
    channelId: string,
    range: { readonly before: number } | { readonly after: number },
    limit: number,
  ): Promise<Stretch<Message>> {
    return this.#call('messages', () => {
      const entries = this.#logs.get(channelId)?.entries ?? [];
      const messages = entries.flatMap((entry) => (entry.kind === 'message' ? [entry.message] : []));
      if ('after' in range) {
        return this.#stretch(
          messages.filter(({ position }) => position > range.after),
          limit,
        );
      }
      return this.#stretch(messages.filter(({ position }) => position < range.before).toReversed(), limit);
    });
  }

  override entries(channelId: string, after: number, limit: number): Promise<Stretch<Entry>> {
    return this.#call('entries', () => {
      const entries = this.#logs.get(channelId)?.entries ?? [];
      return this.#stretch(
        entries.filter((entry) => positionOf(entry) > after),
        limit,
      );
    });
  }

  override head(channelId: string): Promise<number> {
    return this.#call('head', () => this.#logs.get(channelId)?.head ?? 0);
  }

  override membership(channelId: string, userId: string): Promise<Membership | undefined> {
    return this.#call('membership', () => this.#membershipsOf(userId).find((found) => found.channelId === channelId));
  }

  override memberships(userIds: readonly string[]): Promise<readonly Membership[]> {
    return this.#call('memberships', () => userIds.flatMap((userId) => this.#membershipsOf(userId)));
  }

  override grownSince(since: number): Promise<{ readonly heads: ReadonlyMap<string, number>; readonly now: number }> {
    return this.#call('grownSince', () => {
      const grown = [...this.#logs.values()].filter(({ grownAt }) => grownAt >= since);
      return { heads: new Map(grown.map(({ id, head }) => [id, head])), now: this.#now };
    });
  }

  override joinedSince(userIds: readonly string[], since: number): Promise<readonly Membership[]> {
    return this.#call('joinedSince', () =>
      userIds
        .flatMap((userId) => this.#membershipsOf(userId))
        .filter(({ channelId, userId }) => (this.log(channelId).members.get(userId)?.joinedAt ?? 0) >= since),
    );
  }

  override acquainted(userId: string, others: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#call('acquainted', () => {
      const shared = [...this.#logs.values()].filter(({ members }) => members.has(userId));
      return new Set(others.filter((other) => shared.some(({ members }) => members.has(other))));
    });
  }

  override sweep(): Promise<number> {
    return this.#call('sweep', () => 0);
  }

  #stretch<T>(found: readonly T[], limit: number): Stretch<T> {
    const items = found.slice(0, Math.min(limit, this.longest));
    return { items, more: items.length < found.length };
  }

  async #call<T>(name: string, answer: () => T): Promise<T> {
    this.calls[name] = (this.calls[name] ?? 0) + 1;
    await this.gate();
    if (this.#away !== undefined) throw new ChatStoreUnavailable(this.#away);
    const found = answer();
    await this.gate();
    return found;
  }

  #create(write: WriteOf<'create'>): ChatOutcome {
    const { by, at, channelId, type, strategy } = write;
    if (this.#logs.has(channelId)) return { kind: 'written', channelId, entries: [] };
    const candidates = [{ userId: by, permissions: initialPermissions(type, true) }, ...write.members];
    const log: Log = {
      id: channelId,
      type,
      strategy,
      creator: by,
      members: new Map(),
      entries: [],
      head: 0,
      grownAt: this.#now,
    };
    this.#logs.set(channelId, log);
    const members = candidates.map(({ userId, permissions }) =>
      this.#admit(log, userId, permissions ?? initialPermissions(type, false)),
    );
    return { kind: 'written', channelId, entries: [this.#changeMembers(log, 'ADDED', by, members, at)] };
  }

  #send(write: WriteOf<'send'>): ChatOutcome {
    const { by, at, to, id, body, parent, attachments } = write;
    const { log, begun } = this.#destination(by, to, at);
    const me = this.#member(log, by);
    const known = log.entries.find(
      (entry) => entry.kind === 'message' && entry.message.id === id && entry.message.sender === by,
    );
    if (known !== undefined) return { kind: 'duplicate', channelId: log.id, entry: known };
    if (!me.permissions.write) throw new ChatRefusal('PERMISSION_DENIED', 'channel_id: you may not write there');
    const message: Message = {
      channelId: log.id,
      position: 0,
      id,
      sender: by,
      body,
      parent,
      attachments,
      sentAt: at,
      editedAt: 0,
      deletedAt: 0,
    };
    if (log.strategy === 'TRANSIENT') {
      return { kind: 'passing', channelId: log.id, entries: begun, entry: { kind: 'message', message } };
    }
    const entry: Entry = { kind: 'message', message: { ...message, position: this.#next(log) } };
    if (log.strategy === 'LAST') log.entries = log.entries.filter(({ kind }) => kind !== 'message');
    log.entries.push(entry);
    return { kind: 'written', channelId: log.id, entries: [...begun, entry] };
  }

  #change(write: WriteOf<'edit'> | WriteOf<'delete'>): ChatOutcome {
    const { by, at, channelId } = write;
    const log = this.#logOf(channelId);
    this.#member(log, by);
    const found = log.entries.find((entry) => entry.kind === 'message' && positionOf(entry) === write.position);
    if (found?.kind !== 'message') throw new ChatRefusal('NOT_FOUND', 'position: no such message');
    if (found.message.sender !== by) throw new ChatRefusal('PERMISSION_DENIED', 'position: it is not your message');
    const message: Message =
      write.kind === 'edit'
        ? { ...found.message, body: write.body, attachments: write.attachments, editedAt: at }
        : { ...found.message, body: '', attachments: [], deletedAt: at };
    const entry: Entry = { kind: 'changed', changed: { channelId, position: this.#next(log), by, message } };
    log.entries.push(entry);
    return { kind: 'written', channelId, entries: [entry] };
  }

  #add(write: WriteOf<'add'>): ChatOutcome {
    const { by, at, channelId } = write;
    const log = this.#managed(channelId, by);
    const news = write.members.filter(({ userId }) => !log.members.has(userId));
    if (news.length === 0) return { kind: 'written', channelId, entries: [] };
    const members = news.map(({ userId, permissions }) =>
      this.#admit(log, userId, permissions ?? initialPermissions(log.type, false)),
    );
    return { kind: 'written', channelId, entries: [this.#changeMembers(log, 'ADDED', by, members, at)] };
  }

  #remove(write: WriteOf<'remove'>): ChatOutcome {
    const { by, at, channelId, userId } = write;
    const log = by === userId ? this.#logOf(channelId) : this.#managed(channelId, by);
    const { permissions } = this.#member(log, userId);
    log.members.delete(userId);
    const kind = by === userId ? 'LEFT' : 'REMOVED';
    const member = { userId, permissions, delivered: 0, read: 0 };
    return { kind: 'written', channelId, entries: [this.#changeMembers(log, kind, by, [member], at)] };
  }

  #permit(write: WriteOf<'permit'>): ChatOutcome {
    const { by, at, channelId, userId, permissions } = write;
    const log = this.#managed(channelId, by);
    this.#member(log, userId).permissions = permissions;
    const member = { userId, permissions, delivered: 0, read: 0 };
    return { kind: 'written', channelId, entries: [this.#changeMembers(log, 'PERMISSIONS', by, [member], at)] };
  }

  #mark(write: WriteOf<'mark'>): ChatOutcome {
    const { by, channelId, mark } = write;
    const log = this.#logOf(channelId);
    const me = this.#member(log, by);
    if (write.position > log.head) throw new ChatRefusal('INVALID_ARGUMENT', 'position: there is no such entry yet');
    const key = mark === 'READ' ? 'read' : 'delivered';
    const before = me[key];
    me[key] = Math.max(before, write.position);
    const over = log.entries.filter((entry) => positionOf(entry) > before && positionOf(entry) <= me[key]);
    const authors = new Set(over.flatMap((entry) => (entry.kind === 'message' ? [entry.message.sender] : [])));
    authors.delete(by);
    return { kind: 'marked', channelId, position: me[key], moved: me[key] > before, authors: [...authors] };
  }

  #destination(by: string, to: WriteOf<'send'>['to'], at: number): { log: Log; begun: readonly Entry[] } {
    if ('channelId' in to) return { log: this.#logOf(to.channelId), begun: [] };
    const channelId = `private:${[by, to.recipient].toSorted().join(':')}`;
    const found = this.#logs.get(channelId);
    if (found !== undefined) return { log: found, begun: [] };
    const members = [{ userId: to.recipient, permissions: undefined }];
    const outcome = this.#create({
      kind: 'create',
      by,
      at,
      channelId,
      type: 'PRIVATE',
      name: '',
      strategy: 'DURABLE',
      ttl: 0,
      members,
    });
    return { log: this.log(channelId), begun: outcome.kind === 'written' ? outcome.entries : [] };
  }

  #admit(log: Log, userId: string, permissions: Permissions): Member {
    const since = log.head + 1;
    log.members.set(userId, { permissions, since, joinedAt: this.#now, delivered: since - 1, read: since - 1 });
    return { userId, permissions, delivered: 0, read: 0 };
  }

  #changeMembers(
    log: Log,
    kind: 'ADDED' | 'REMOVED' | 'LEFT' | 'PERMISSIONS',
    by: string,
    members: readonly Member[],
    at: number,
  ): Entry {
    const membership = { channelId: log.id, position: this.#next(log), kind, by, members, at };
    const entry: Entry = { kind: 'membership', membership };
    log.entries.push(entry);
    return entry;
  }

  #next(log: Log): number {
    log.grownAt = this.#now;
    return ++log.head;
  }

  #logOf(channelId: string): Log {
    const log = this.#logs.get(channelId);
    if (log === undefined) throw noSuchChannel();
    return log;
  }

  #member(log: Log, userId: string): Inside {
    const member = log.members.get(userId);
    if (member === undefined) throw noSuchChannel();
    return member;
  }

  #managed(channelId: string, by: string): Log {
    const log = this.#logOf(channelId);
    if (!this.#member(log, by).permissions.manage) throw new ChatRefusal('PERMISSION_DENIED', 'you do not manage it');
    return log;
  }

  #membershipsOf(userId: string): readonly Membership[] {
    return [...this.#logs.values()].flatMap(({ id: channelId, type, head, members }) => {
      const member = members.get(userId);
      if (member === undefined) return [];
      const { permissions, delivered, since } = member;
      return [{ channelId, userId, permissions, type, head, delivered, since }];
    });
  }

  #channelFor(id: string, userId: string): Channel | undefined {
    const log = this.#logs.get(id);
    const me = log?.members.get(userId);
    if (log === undefined || me === undefined) return undefined;
    const members = [...log.members].map(([user, { permissions, delivered, read }]) => ({
      userId: user,
      permissions,
      delivered,
      read,
    }));
    return {
      id,
      type: log.type,
      name: '',
      strategy: log.strategy,
      ttl: 0,
      creator: log.creator,
      createdAt: 0,
      position: log.head,
      unread: 0,
      permissions: me.permissions,
      memberCount: members.length,
      members,
    };
  }
}
