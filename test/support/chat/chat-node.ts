import type { ServerEvent } from '@hermes/protocol';
import { ChatService } from '../../../src/chat/chat.service.js';
import { ChatShutdown } from '../../../src/chat/chat-shutdown.js';
import { ChatWriter } from '../../../src/chat/chat-writer.js';
import {
  ChatBus,
  ChatEvent,
  Hints,
  LiveSessions,
  LocalChannels,
  PatientReader,
  Replayer,
  Sweep,
} from '../../../src/chat/live/index.js';
import { ChatConfig, type ChatStore } from '../../../src/chat/model/index.js';
import type { PresenceService } from '../../../src/chat/presence/index.js';
import { EventBus, type HermesEvent, type PublishOutcome } from '../../../src/delivery/index.js';
import {
  DeliveryConfig,
  SessionService,
  SessionsConfig,
  type Session,
  type SessionProtocol,
} from '../../../src/sessions/index.js';
import { aClient, aNode, FakeConnection, type Node } from '../builders/index.js';

/** What clients of the tests speak: a `ServerEvent` in JSON a line. */
export const jsonProtocol: SessionProtocol = {
  name: 'chat',
  encoder: {
    encode: (event) => Buffer.from(event instanceof ChatEvent ? `${JSON.stringify(event.serverEvent)}\n` : ''),
  },
  ping: undefined,
  identityExpired: 'close',
  lossless: true,
};

/** A bus in the hands of the test: what is published lies here until it is brought to a node. */
export class FakeBus extends EventBus {
  readonly events: HermesEvent[] = [];
  reason: string | undefined;

  override get trouble(): string | undefined {
    return this.reason;
  }

  override publish(events: readonly HermesEvent[]): Promise<PublishOutcome> {
    if (this.reason !== undefined) return Promise.resolve({ kind: 'unavailable', reason: this.reason });
    this.events.push(...events);
    return Promise.resolve({ kind: 'published' });
  }
}

/** A client with a session on a node. */
export class ChatListener {
  #text = '';

  constructor(
    readonly session: Session,
    readonly connection: FakeConnection,
    private readonly node: Node,
  ) {}

  /** What it has been sent since the last look. */
  received(): ServerEvent[] {
    this.node.loop.settle();
    this.#text += Buffer.concat(this.connection.writes.splice(0)).toString();
    const lines = this.#text.split('\n');
    this.#text = lines.pop() ?? '';
    return lines.map((line) => JSON.parse(line) as ServerEvent);
  }
}

/** The chat of one node, over a store and a bus that a test may share between several. */
export class ChatNode {
  readonly core = aNode();
  readonly bus: ChatBus;
  readonly reader = new PatientReader();
  readonly channels: LocalChannels;
  readonly replayer: Replayer;
  readonly live: LiveSessions;
  readonly sweep: Sweep;
  readonly writer: ChatWriter;
  readonly chat: ChatService;
  readonly sessions: SessionService;

  constructor(
    readonly store: ChatStore,
    readonly events: FakeBus,
    config = new ChatConfig(),
  ) {
    const { delivery } = this.core;
    this.sessions = new SessionService(delivery, new SessionsConfig(), new DeliveryConfig());
    this.bus = new ChatBus(events, delivery, new DeliveryConfig());
    this.channels = new LocalChannels(store, this.reader, delivery, this.bus);
    this.replayer = new Replayer(store, this.channels, this.reader, delivery);
    this.sweep = new Sweep(store, this.channels, this.bus, this.reader, config);
    this.live = new LiveSessions(this.channels, this.sessions, this.replayer);
    this.writer = new ChatWriter(store, this.bus);
    const presence = {
      of: (userIds: readonly string[]) =>
        Promise.resolve(userIds.map((userId) => ({ userId, online: true, lastSeen: 0 }))),
    } as unknown as PresenceService;
    this.chat = new ChatService(store, this.writer, this.bus, this.channels, this.live, presence, config);
    this.bus.onModuleInit();
    this.channels.onModuleInit();
    new Hints(this.bus, this.channels, delivery).onModuleInit();
  }

  /** A session of a user, neither joined nor resumed. */
  connect(userId: string, protocol = jsonProtocol): ChatListener {
    const connection = new FakeConnection();
    const session = this.sessions.open(protocol, aClient, connection);
    this.sessions.identify(session, { userId, role: undefined });
    return new ChatListener(session, connection, this.core);
  }

  async join(userId: string): Promise<ChatListener> {
    const listener = this.connect(userId);
    await this.chat.join(listener.session);
    return listener;
  }

  /** Brings everything that has been published to the node. */
  hear(events: readonly HermesEvent[] = this.events.events.splice(0)): void {
    for (const event of events) this.core.delivery.deliver(event);
  }

  stop(): Promise<void> {
    return new ChatShutdown(this.writer, this.sweep).stop();
  }
}
