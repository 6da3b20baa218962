import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Receipt } from '@hermes/protocol';
import { Delivery, type Subscriber } from '../../delivery/index.js';
import type { SignalOf } from '../model/index.js';
import { ChatBus } from './chat-bus.js';
import { ChatEvent } from './chat-event.js';
import { LocalChannels } from './local-channels.js';

/** Shows what is not in the log: told once, to those who are here now. */
@Injectable()
export class Hints implements OnModuleInit {
  constructor(
    private readonly bus: ChatBus,
    private readonly channels: LocalChannels,
    private readonly delivery: Delivery,
  ) {}

  onModuleInit(): void {
    this.bus.on('passing', (signal) => this.#passing(signal));
    this.bus.on('receipt', (signal) => this.#receipt(signal));
    this.bus.on('typing', (signal) => this.#typing(signal));
    this.bus.on('presence', (signal) => this.#presence(signal));
  }

  #passing({ channelId, message }: SignalOf<'passing'>): void {
    const readers = this.channels.channel(channelId)?.readers ?? [];
    this.delivery.deliverTo(new ChatEvent('message', message), this.#sessionsOf(readers));
  }

  #receipt({ channelId, userId, mark, position, at, to }: SignalOf<'receipt'>): void {
    const receipt: Receipt = { channelId, userId, kind: mark, position, at };
    const authors = to.filter((author) => this.channels.permissionsOf(author, channelId) !== undefined);
    const event = new ChatEvent('receipt', receipt, mark === 'READ' ? 'read' : 'delivered');
    this.delivery.deliverTo(event, this.#sessionsOf(authors));
  }

  #typing({ channelId, userId }: SignalOf<'typing'>): void {
    const readers = this.channels.channel(channelId)?.readers ?? [];
    const others = readers.filter((reader) => reader !== userId);
    this.delivery.deliverTo(new ChatEvent('typing', { channelId, userId }), this.#sessionsOf(others));
  }

  #presence({ userId, online, lastSeen, channels }: SignalOf<'presence'>): void {
    const members = new Set(
      channels.flatMap((channelId) => [...(this.channels.channel(channelId)?.members.keys() ?? [])]),
    );
    members.delete(userId);
    this.delivery.deliverTo(new ChatEvent('presence', { userId, online, lastSeen }), this.#sessionsOf(members));
  }

  *#sessionsOf(userIds: Iterable<string>): Generator<Subscriber> {
    for (const userId of userIds) yield* this.delivery.users.sessionsOf(userId) ?? [];
  }
}
