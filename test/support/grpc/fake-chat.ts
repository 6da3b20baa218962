import type { Ack, Channel, ChannelPosition, EditMessage, NewMessage, Presence } from '@hermes/protocol';
import type { ChatService } from '../../../src/chat/chat.service.js';
import { CHAT_CHANNEL, ChatEvent } from '../../../src/chat/live/index.js';
import { ChatRefusal, type ChatStore } from '../../../src/chat/model/index.js';
import { WILDCARD, type Delivery } from '../../../src/delivery/index.js';
import type { Session } from '../../../src/sessions/index.js';

/** A chat that stores nothing: what is sent to any channel goes to every session that has joined. */
export class FakeChat implements Omit<ChatService, 'trouble' | 'stop'> {
  readonly store = { trouble: undefined } as unknown as ChatStore & { trouble: string | undefined };
  readonly carriedOut: string[] = [];
  readonly #live = new Set<Session>();
  #position = 0;
  /** What `send` and `getChannel` wait for. */
  gate: Promise<void> = Promise.resolve();
  /** What `join` waits for. */
  joining: Promise<void> = Promise.resolve();

  constructor(private readonly delivery: Delivery) {}

  async send(by: string, { id, channelId = '', body = '' }: NewMessage): Promise<Ack> {
    await this.gate;
    this.carriedOut.push(id);
    if (channelId === 'crash') throw new Error('a bug that must not be told');
    if (channelId === 'none') throw new ChatRefusal('NOT_FOUND', 'channel_id: no such channel');
    const position = ++this.#position;
    const at = Date.now();
    const message = {
      channelId,
      position,
      id,
      sender: by,
      body,
      parent: 0,
      attachments: [],
      sentAt: at,
      editedAt: 0,
      deletedAt: 0,
    };
    this.delivery.deliverTo(
      new ChatEvent('message', message),
      [...this.#live].filter(({ open }) => open).map(({ subscriber }) => subscriber),
    );
    return { ref: '', channelId, id, position, at, duplicate: false };
  }

  async edit(by: string, { channelId }: EditMessage): Promise<Ack> {
    this.carriedOut.push(`edit by ${by}`);
    return { ref: '', channelId, id: '', position: ++this.#position, at: Date.now(), duplicate: false };
  }

  delete(by: string, at: ChannelPosition): Promise<Ack> {
    return this.edit(by, at);
  }

  async mark(by: string, kind: string, { position }: ChannelPosition): Promise<void> {
    this.carriedOut.push(`${kind} ${position} by ${by}`);
  }

  async typing(by: string): Promise<void> {
    this.carriedOut.push(`typing ${by}`);
  }

  async createChannel(): Promise<Channel> {
    throw new ChatRefusal('ALREADY_EXISTS', 'id: taken \ud800');
  }

  async getChannel(by: string, channelId: string): Promise<Channel> {
    await this.gate;
    this.carriedOut.push(`get ${channelId}`);
    if (channelId === 'crash') throw new Error('a bug that must not be told');
    throw new ChatRefusal('NOT_FOUND', 'channel_id: no such channel');
  }

  async listChannels(): Promise<{ channels: readonly Channel[]; nextPageToken: string }> {
    return { channels: [], nextPageToken: '' };
  }

  async listMessages(): Promise<{ messages: readonly never[]; more: boolean }> {
    return { messages: [], more: false };
  }

  addMembers(by: string, { channelId }: { channelId: string }): Promise<Channel> {
    return this.getChannel(by, channelId);
  }

  removeMember(by: string, { channelId }: { channelId: string }): Promise<Channel> {
    return this.getChannel(by, channelId);
  }

  setPermissions(by: string, { channelId }: { channelId: string }): Promise<Channel> {
    return this.getChannel(by, channelId);
  }

  async leaveChannel(): Promise<void> {
    this.carriedOut.push('leave');
  }

  async presenceOf(_: string, userIds: readonly string[]): Promise<readonly Presence[]> {
    return userIds.map((userId) => ({ userId, online: false, lastSeen: 0 }));
  }

  async join(session: Session): Promise<void> {
    await this.joining;
    this.#begin(session);
  }

  async resume(session: Session, seen: readonly ChannelPosition[]): Promise<readonly ChannelPosition[]> {
    this.#begin(session);
    return seen;
  }

  #begin(session: Session): void {
    this.#live.add(session);
    this.delivery.subscribe(session.subscriber, CHAT_CHANNEL, WILDCARD);
  }
}
