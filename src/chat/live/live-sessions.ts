import { Injectable } from '@nestjs/common';
import type { ChannelPosition } from '@hermes/protocol';
import { WILDCARD } from '../../delivery/index.js';
import { SessionService, type Session } from '../../sessions/index.js';
import { ChatRefusal, type Membership } from '../model/index.js';
import { CHAT_CHANNEL } from './chat-event.js';
import type { LocalChannel, MissedLog } from './local-channel.js';
import { LocalChannels } from './local-channels.js';
import { Replayer } from './replayer.js';

/** Begins to show sessions what happens in the channels of their users. */
@Injectable()
export class LiveSessions {
  readonly stats = { joined: 0, resumed: 0 };
  /** Sessions that have asked, and when they are live. */
  readonly #live = new WeakMap<Session, Promise<unknown>>();

  constructor(
    private readonly channels: LocalChannels,
    private readonly sessions: SessionService,
    private readonly replayer: Replayer,
  ) {}

  /** Resolves when the session is shown what happens, or has ended. */
  async join(session: Session): Promise<void> {
    const userId = userOf(session);
    const live = this.#live.get(session);
    if (live !== undefined) {
      await live;
      return;
    }
    const joined = this.channels.known(userId).then(() => this.#subscribe(session));
    this.#live.set(session, joined);
    await joined;
    this.stats.joined++;
  }

  /**
   * Shows the session what it missed, then what happens: each entry once and in order.
   *
   * @param seen up to where the client has seen the log; where it says nothing, to where it was delivered to its user
   * @returns where each of the channels of the user stands
   */
  async resume(session: Session, seen: ReadonlyMap<string, number>): Promise<readonly ChannelPosition[]> {
    const userId = userOf(session);
    if (this.#live.has(session)) {
      throw new ChatRefusal('FAILED_PRECONDITION', 'resume: this stream has joined already; resume on a new one');
    }
    const resumed = this.#resume(session, userId, seen);
    this.#live.set(session, resumed);
    await resumed;
    this.stats.resumed++;
    return [...this.channels.channelsOfUser(userId)].map((channel) => ({
      channelId: channel.id,
      position: channel.shownTo(session.subscriber),
    }));
  }

  async #resume(session: Session, userId: string, seen: ReadonlyMap<string, number>): Promise<void> {
    const memberships = await this.channels.memberships(userId);
    if (!session.open) return;
    // In one turn: what comes from now on is held back where something was missed, and shown everywhere else.
    const missed = this.#missed(session, userId, memberships, seen);
    this.#subscribe(session);
    await this.replayer.replay(session.subscriber, missed);
  }

  #missed(
    session: Session,
    userId: string,
    memberships: readonly Membership[],
    seen: ReadonlyMap<string, number>,
  ): readonly MissedLog[] {
    const byChannel = new Map(memberships.map((membership) => [membership.channelId, membership]));
    const known = [...byChannel.keys()].map((channelId) => this.channels.channel(channelId));
    const channels = new Set<LocalChannel>(this.channels.channelsOfUser(userId));
    for (const channel of known) if (channel !== undefined) channels.add(channel);
    // Should he be made a member of others, by what the node has not come to yet: he may have seen it before.
    for (const [channelId, position] of seen) {
      const channel = this.channels.channel(channelId);
      if (channel !== undefined && !channels.has(channel)) channel.skip(session.subscriber, position);
    }
    return [...channels].map((channel) => {
      const member = channel.members.get(userId) ?? byChannel.get(channel.id);
      const start = (member?.since ?? 1) - 1;
      const from = seen.get(channel.id) ?? Math.max(byChannel.get(channel.id)?.delivered ?? 0, start);
      const reads = member?.permissions.read ?? false;
      return { channel, from, replay: channel.replay(session.subscriber, userId, reads) };
    });
  }

  #subscribe(session: Session): void {
    this.sessions.subscribe(session, CHAT_CHANNEL, WILDCARD);
  }
}

function userOf({ identity }: Session): string {
  if (identity === undefined) throw new ChatRefusal('UNAUTHENTICATED', 'this connection belongs to no user');
  return identity.userId;
}
