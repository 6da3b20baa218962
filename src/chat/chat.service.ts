import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { Ack, Channel, ChannelPosition, ChatCalls, EditMessage, NewMessage, Presence } from '@hermes/protocol';
import type { Session } from '../sessions/index.js';
import { ackOf } from './ack-of.js';
import { ChatWriter, type Done } from './chat-writer.js';
import { ChatBus, LiveSessions, LocalChannels } from './live/index.js';
import {
  ChatConfig,
  ChatRefusal,
  ChatStore,
  ChatStoreUnavailable,
  noSuchChannel,
  type ChatWrite,
} from './model/index.js';
import { PresenceService } from './presence/index.js';
import {
  addWrite,
  channelsQuestion,
  createWrite,
  deleteWrite,
  editWrite,
  leaveWrite,
  markWrite,
  messagesQuestion,
  permitWrite,
  positionsSeen,
  presenceQuestion,
  removeWrite,
  sendWrite,
  userId,
  uuid,
  type Asking,
} from './requests/index.js';

type Asked<K extends keyof ChatCalls> = ChatCalls[K][0];
type Answer<K extends keyof ChatCalls> = ChatCalls[K][1];

/**
 * What a user may do in chat, whatever dialect he speaks. `by` is the user, identified by an AuthProvider; what he asks
 * is not trusted. All that these methods reject with is a {@link ChatRefusal}.
 */
@Injectable()
export class ChatService {
  readonly #logger = new Logger(ChatService.name);

  constructor(
    private readonly store: ChatStore,
    private readonly writer: ChatWriter,
    private readonly bus: ChatBus,
    private readonly channels: LocalChannels,
    private readonly live: LiveSessions,
    private readonly presence: PresenceService,
    private readonly config: ChatConfig,
  ) {}

  /** Resolves when the message is stored: from then on it is delivered, whatever fails. */
  send(by: string, message: NewMessage): Promise<Ack> {
    return this.#acked(by, (asking) => sendWrite(asking, message, this.config.maxBody));
  }

  edit(by: string, edit: EditMessage): Promise<Ack> {
    return this.#acked(by, (asking) => editWrite(asking, edit, this.config.maxBody));
  }

  delete(by: string, at: ChannelPosition): Promise<Ack> {
    return this.#acked(by, (asking) => deleteWrite(asking, at));
  }

  async mark(by: string, kind: 'DELIVERED' | 'READ', at: ChannelPosition): Promise<void> {
    await this.#written(
      by,
      (asking) => markWrite(asking, kind, at),
      () => undefined,
    );
  }

  typing(by: string, channelId: string): Promise<void> {
    return this.#answer(async () => {
      const id = uuid('channel_id', channelId);
      const permissions = this.channels.permissionsOf(by, id) ?? (await this.store.membership(id, by))?.permissions;
      if (permissions === undefined) throw noSuchChannel();
      if (!permissions.write) throw new ChatRefusal('PERMISSION_DENIED', 'channel_id: you may not write there');
      await this.bus.publish([{ kind: 'typing', channelId: id, userId: by }]);
    });
  }

  createChannel(by: string, request: Asked<'createChannel'>): Promise<Channel> {
    return this.#changed(by, (asking) => createWrite(asking, request, randomUUID()));
  }

  addMembers(by: string, request: Asked<'addMembers'>): Promise<Channel> {
    return this.#changed(by, (asking) => addWrite(asking, request));
  }

  removeMember(by: string, request: Asked<'removeMember'>): Promise<Channel> {
    return this.#changed(by, (asking) => removeWrite(asking, request));
  }

  setPermissions(by: string, request: Asked<'setPermissions'>): Promise<Channel> {
    return this.#changed(by, (asking) => permitWrite(asking, request));
  }

  async leaveChannel(by: string, channelId: string): Promise<void> {
    await this.#written(
      by,
      (asking) => leaveWrite(asking, channelId),
      () => undefined,
    );
  }

  getChannel(by: string, channelId: string): Promise<Channel> {
    return this.#answer(() => this.#channel(by, uuid('channel_id', channelId)));
  }

  listChannels(by: string, request: Asked<'listChannels'>): Promise<Answer<'listChannels'>> {
    return this.#answer(async () => {
      const { limit, token } = channelsQuestion(request);
      const { items, next } = await this.store.channels(by, limit, token);
      return { channels: items, nextPageToken: next ?? '' };
    });
  }

  listMessages(by: string, request: Asked<'listMessages'>): Promise<Answer<'listMessages'>> {
    return this.#answer(async () => {
      const { channelId, range, limit } = messagesQuestion(request);
      const membership = await this.store.membership(channelId, by);
      if (membership === undefined) throw noSuchChannel();
      if (!membership.permissions.read) throw new ChatRefusal('PERMISSION_DENIED', 'channel_id: you may not read it');
      const { items, more } = await this.store.messages(channelId, range, limit);
      return { messages: items, more };
    });
  }

  /** One answer for each user, in order; of one with whom he shares no channel it tells nothing. */
  presenceOf(by: string, userIds: readonly string[]): Promise<readonly Presence[]> {
    return this.#answer(async () => {
      const asked = presenceQuestion(userIds);
      const acquainted = await this.store.acquainted(by, [...new Set(asked)]);
      const allowed = [...new Set(asked)].filter((user) => user === by || acquainted.has(user));
      const found = new Map((await this.presence.of(allowed)).map((presence) => [presence.userId, presence]));
      return asked.map((user) => found.get(user) ?? { userId: user, online: false, lastSeen: 0 });
    });
  }

  /** Resolves when the session is shown what happens. */
  join(session: Session): Promise<void> {
    return this.#answer(() => this.live.join(session));
  }

  /** Resolves when the session has been shown what it missed. @returns where each channel of its user stands */
  resume(session: Session, seen: readonly ChannelPosition[]): Promise<readonly ChannelPosition[]> {
    return this.#answer(() => this.live.resume(session, positionsSeen(seen)));
  }

  #acked(by: string, request: (asking: Asking) => ChatWrite): Promise<Ack> {
    return this.#written(by, request, ackOf);
  }

  /** @returns the channel as the user sees it afterwards */
  #changed(by: string, request: (asking: Asking) => ChatWrite): Promise<Channel> {
    return this.#written(by, request, (_write, { channelId }) => this.#channel(by, channelId));
  }

  #written<T>(
    by: string,
    request: (asking: Asking) => ChatWrite,
    answer: (write: ChatWrite, done: Done) => T | Promise<T>,
  ): Promise<T> {
    return this.#answer(async () => {
      const write = request({ by: userId('user', by), at: Date.now() });
      return answer(write, await this.writer.write(write));
    });
  }

  /** The one place where what went wrong becomes what the user is told, and is counted. */
  async #answer<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const refusal = this.#refusalOf(error);
      this.writer.counts.refused(refusal.code);
      throw refusal;
    }
  }

  #refusalOf(error: unknown): ChatRefusal {
    if (error instanceof ChatRefusal) return error;
    if (!(error instanceof ChatStoreUnavailable)) {
      this.#logger.error('chat.request.failed', { reason: error instanceof Error ? error.message : String(error) });
    }
    return new ChatRefusal('UNAVAILABLE', 'the store did not answer: ask again in a moment');
  }

  async #channel(by: string, channelId: string): Promise<Channel> {
    const channel = await this.store.channel(channelId, by);
    if (channel === undefined) throw noSuchChannel();
    return channel;
  }
}
