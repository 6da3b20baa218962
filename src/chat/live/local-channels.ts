import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { MembershipChange, Permissions } from '@hermes/protocol';
import { Delivery, type Subscriber, type UserWatcher } from '../../delivery/index.js';
import { ChatStore, contentOf, positionOf, type Entry, type Membership, type SignalOf } from '../model/index.js';
import { Arrivals } from './arrivals.js';
import { CatchUp } from './catch-up.js';
import { ChannelTable } from './channel-table.js';
import { ChatBus } from './chat-bus.js';
import { ChatEvent } from './chat-event.js';
import type { LocalChannel, MissedLog } from './local-channel.js';
import { Discoveries } from './discoveries.js';
import { LocalUser } from './local-user.js';
import { PatientReader } from './patient-reader.js';
import { SweepWindow } from './sweep-window.js';

export type Missed = (subscriber: Subscriber, missed: MissedLog) => void;

/**
 * This node's picture of chat: the users who are here, their channels, and up to where each of these has been shown.
 *
 * Signals are hints: the next entry is shown at once, what lies behind a gap is read from the log, and what was shown
 * already is passed over. So every session is shown every entry once and in order, whatever the bus loses, doubles or
 * turns around.
 */
@Injectable()
export class LocalChannels implements OnModuleInit, UserWatcher {
  /** What became of signals about the log, by fixed words used as metric labels. */
  readonly stats = { shown: 0, doubled: 0, gaps: 0, elsewhere: 0, discovered: 0 };
  readonly window = new SweepWindow();
  readonly arrivals: Arrivals;
  readonly discoveries: Discoveries;
  readonly catchUp: CatchUp;
  readonly #users = new Map<string, LocalUser>();
  readonly #channels = new ChannelTable();
  #missed: Missed | undefined;

  constructor(
    store: ChatStore,
    reader: PatientReader,
    private readonly delivery: Delivery,
    private readonly bus: ChatBus,
  ) {
    this.arrivals = new Arrivals(store, reader, this.window, (user, memberships) => this.#settle(user, memberships));
    this.discoveries = new Discoveries(store, reader, {
      learn: (user, membership) => this.#learn(user, membership),
      read: (user) => void this.arrivals.read(user),
    });
    this.catchUp = new CatchUp(store, reader, (channel, entries, end) => this.#show(channel, entries, end));
  }

  onModuleInit(): void {
    this.bus.on('entries', (signal) => this.#entries(signal));
    this.bus.on('head', ({ channelId, position }) => this.#grew(channelId, position));
    this.delivery.users.watch(this);
    for (const userId of this.delivery.users.present) this.userArrived(userId);
  }

  get size(): { readonly users: number; readonly channels: number } {
    return { users: this.#users.size, channels: this.#channels.size };
  }

  /** A session lacks something that came before this node followed the channel: it is the listener's to show it. */
  onMissed(listener: Missed): void {
    this.#missed = listener;
  }

  /** Private channels and groups of a user who is here, as far as this node knows them: where he meets others. */
  channelsOf(userId: string): readonly string[] {
    const channels = [...this.channelsOfUser(userId)];
    return channels.filter(({ type }) => type === 'PRIVATE' || type === 'GROUP').map(({ id }) => id);
  }

  /** All channels of a user who is here, as far as this node knows them. */
  channelsOfUser(userId: string): Iterable<LocalChannel> {
    return this.#users.get(userId)?.channels ?? [];
  }

  channel(channelId: string): LocalChannel | undefined {
    return this.#channels.get(channelId);
  }

  /** What a user who is here may do; undefined when he is no member as far as this node knows. */
  permissionsOf(userId: string, channelId: string): Permissions | undefined {
    return this.#channels.get(channelId)?.members.get(userId)?.permissions;
  }

  /** Resolves when the channels of a user are known, or he has gone. */
  async known(userId: string): Promise<void> {
    const user = this.#users.get(userId);
    if (user !== undefined && !user.known) await this.arrivals.read(user);
  }

  /** Memberships of a user as they are now, when this node knows them; none when he is not here or goes before. */
  async memberships(userId: string): Promise<readonly Membership[]> {
    const user = this.#users.get(userId);
    return user === undefined ? [] : this.arrivals.read(user);
  }

  /** Users whose memberships have been read. */
  knownUsers(): ReadonlyMap<string, LocalUser> {
    return new Map([...this.#users].filter(([, { known }]) => known));
  }

  /**
   * A sweep has found memberships: those that this node has not heard of are shown from their beginning.
   *
   * @param users those it has looked for: one who has gone and come back since knows better
   */
  joined(memberships: readonly Membership[], users: ReadonlyMap<string, LocalUser>): void {
    for (const membership of memberships) {
      const user = users.get(membership.userId);
      if (user !== undefined && !user.gone) this.#learn(user, membership);
    }
  }

  /** A sweep has found that channels have grown to these heads. */
  grown(heads: ReadonlyMap<string, number>): void {
    for (const [channelId, head] of heads) this.#grew(channelId, head);
  }

  /** A replay is over: the session has been shown the channel up to here and is one of the others again. */
  settle(channel: LocalChannel, subscriber: Subscriber, position: number): void {
    channel.settle(subscriber, position);
    if (channel.behind) this.catchUp.add(channel);
    this.#channels.closeIfDeserted(channel);
  }

  /** A replay has ended with its session. */
  abandon(channel: LocalChannel, subscriber: Subscriber): void {
    channel.abandon(subscriber);
    this.#channels.closeIfDeserted(channel);
  }

  userArrived(userId: string): void {
    const user = new LocalUser(userId);
    this.#users.set(userId, user);
    void this.arrivals.read(user);
  }

  userLeft(userId: string): void {
    const user = this.#users.get(userId);
    if (user === undefined) return;
    this.#users.delete(userId);
    user.gone = true;
    for (const channel of user.channels) {
      channel.members.delete(userId);
      this.#channels.closeIfDeserted(channel);
    }
  }

  #settle(user: LocalUser, memberships: readonly Membership[]): void {
    for (const membership of memberships) this.#learn(user, membership);
    user.known = true;
  }

  #learn(user: LocalUser, membership: Membership): void {
    const change = user.changes.get(membership.channelId);
    const { permissions } = change !== undefined && change.position > membership.head ? change : membership;
    if (permissions === undefined) return;
    if (user.known) this.#hear(user, { ...membership, permissions });
    else this.#enter(user, { ...membership, permissions });
  }

  /** What a user is a member of when he comes: his sessions are shown what happens from there on. */
  #enter(user: LocalUser, { channelId, type, head, permissions, since }: Membership): void {
    const shown = Math.max(head, this.#channels.closed(channelId).cursor);
    const channel = this.#channels.get(channelId) ?? this.#channels.open(channelId, type, shown);
    // One who is to be a member further on in the log is made one when the log comes to it.
    if (!channel.members.has(user.id) && since <= channel.cursor) {
      this.#add(channel, user, permissions, since);
      // What has come since he was read, others have been shown already.
      if (head < channel.cursor) this.#tellMissed(channel, user, permissions, head);
    }
    this.#grew(channelId, Math.max(head, this.#channels.grown(channelId)));
  }

  /** A membership of a user who has been here for a while: usually known, else shown from its beginning. */
  #hear(user: LocalUser, membership: Membership): void {
    const { channelId, head } = membership;
    const channel = this.#channels.get(channelId);
    if (channel?.members.has(user.id) !== true) this.#hearAnew(user, membership, channel);
    this.#grew(channelId, Math.max(head, this.#channels.grown(channelId)));
  }

  #hearAnew(user: LocalUser, membership: Membership, channel: LocalChannel | undefined): void {
    const { channelId, type, head, permissions, since } = membership;
    const followed = channel ?? this.#channels.closed(channelId);
    if (since > followed.cursor) {
      // Where it is open, he is made a member when the log comes to it.
      if (channel === undefined) this.#add(this.#channels.open(channelId, type, since - 1), user, permissions, since);
      return;
    }
    // The node has seen him added, and if he is no member here, removed since then.
    if (since > followed.opened) return;
    // He was added before it followed the channel for others, and it was not told.
    if (head < followed.opened) {
      // What was read is older than what the node knows by itself: he may have been removed in between.
      void this.arrivals.read(user);
    } else if (channel === undefined) {
      this.#add(this.#channels.open(channelId, type, since - 1), user, permissions, since);
    } else {
      this.#add(channel, user, permissions, since);
      this.#tellMissed(channel, user, permissions, since - 1);
    }
  }

  #tellMissed(channel: LocalChannel, user: LocalUser, { read }: Permissions, from: number): void {
    for (const subscriber of this.delivery.users.sessionsOf(user.id) ?? []) {
      // One that is not live yet is shown what it missed when it is.
      if (channel.replays(subscriber) || subscriber.topics.size === 0) continue;
      const seen = Math.max(from, channel.ahead(subscriber));
      this.#missed?.(subscriber, { channel, from: seen, replay: channel.replay(subscriber, user.id, read) });
    }
  }

  #add(channel: LocalChannel, user: LocalUser, permissions: Permissions, since: number): void {
    if (user.known && !channel.members.has(user.id)) this.stats.discovered++;
    channel.add(user.id, permissions, since);
    user.channels.add(channel);
    user.changes.delete(channel.id);
  }

  #entries({ channelId, entries }: SignalOf<'entries'>): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    const channel = this.#channels.get(channelId);
    if (channel === undefined) {
      this.stats.elsewhere++;
      for (const entry of entries) this.#discover(entry);
    } else {
      const news = entries.filter((entry) => positionOf(entry) > channel.cursor);
      const [next] = news;
      if (next === undefined) this.stats.doubled++;
      else if (positionOf(next) === channel.cursor + 1) this.#show(channel, news);
      else this.stats.gaps++;
    }
    this.#grew(channelId, positionOf(last));
  }

  #grew(channelId: string, position: number): void {
    // What is being read may be older than this.
    if (this.arrivals.busy || this.discoveries.busy) this.#channels.noteGrowth(channelId, position);
    const channel = this.#channels.get(channelId);
    if (channel === undefined) return;
    channel.heard(position);
    if (channel.behind) this.catchUp.add(channel);
  }

  /** Somebody who is here may have been added to a channel that this node does not follow. */
  #discover(entry: Entry): void {
    if (entry.kind !== 'membership' || entry.membership.kind !== 'ADDED') return;
    const { channelId, position, members } = entry.membership;
    if (position <= this.#channels.closed(channelId).cursor) return;
    const here = members.map(({ userId }) => this.#users.get(userId)).filter((user) => user !== undefined);
    const users = here.filter(({ known }) => known);
    if (users.length > 0) this.discoveries.add({ channelId, position, users });
    // What is being read of the others may be older.
    for (const user of here) if (!user.known) void this.arrivals.read(user);
  }

  /** @param end nothing that is not among these entries was kept up to there */
  #show(channel: LocalChannel, entries: readonly Entry[], end = 0): void {
    // It was closed while this was read, and has perhaps been opened again since: that one is told by itself.
    if (!this.#channels.has(channel)) return;
    for (const entry of entries) {
      const position = positionOf(entry);
      if (position <= channel.cursor) continue;
      if (entry.kind === 'membership') this.#admit(channel, entry.membership);
      const event = new ChatEvent(entry.kind, contentOf(entry));
      this.delivery.deliverTo(event, channel.audience(entry, this.delivery.users));
      channel.advance(position);
      this.stats.shown++;
      if (entry.kind === 'membership') this.#dismiss(channel, entry.membership);
    }
    channel.advance(end);
    this.#channels.closeIfDeserted(channel);
  }

  #admit(channel: LocalChannel, { kind, members, position }: MembershipChange): void {
    if (kind !== 'ADDED' && kind !== 'PERMISSIONS') return;
    for (const { userId, permissions } of members) {
      const user = this.#users.get(userId);
      if (user === undefined) continue;
      if (kind === 'ADDED') this.#add(channel, user, permissions, position);
      else if (channel.members.has(userId)) channel.permit(userId, permissions);
      else user.changes.set(channel.id, { position, permissions });
    }
  }

  #dismiss(channel: LocalChannel, { kind, members, position }: MembershipChange): void {
    if (kind !== 'REMOVED' && kind !== 'LEFT') return;
    for (const { userId } of members) {
      const user = this.#users.get(userId);
      channel.remove(userId, position);
      user?.channels.delete(channel);
      user?.changes.set(channel.id, { position, permissions: undefined });
    }
  }
}
