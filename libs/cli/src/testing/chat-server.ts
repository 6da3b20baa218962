import { Metadata, Server, ServerCredentials, status, type ServerDuplexStream } from '@grpc/grpc-js';
import type { Channel, ClientEvent, Message, ServerEvent } from '@hermes/protocol';
import { chatService } from '../chat/chat-client.js';
import { Log } from './log.js';

type Stream = ServerDuplexStream<ClientEvent, ServerEvent>;
type Answering = (event: ClientEvent) => ServerEvent | undefined;
type Answered = (error: object | null, answer?: object) => void;

/** A server that speaks `hermes.chat.v1` on a free port, as far as the terminal client asks. */
export class ChatServer {
  /** What clients said on their streams. */
  readonly events = new Log<ClientEvent>();
  /** The tokens they came with, on streams and on calls. */
  readonly tokens: string[] = [];
  answering: Answering = politely;
  /** What calls and streams are refused with. */
  refusal: { code: status; details: string } | undefined;
  channels: Channel[] = [];
  readonly #streams = new Set<Stream>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(port = 0): Promise<ChatServer> {
    const server = new Server();
    let self: ChatServer | undefined;
    const called = (metadata: Metadata): { code: status; details: string } | undefined => {
      self?.tokens.push(String(metadata.get('authorization')[0]));
      return self?.refusal;
    };
    const unary = (answer: (request: Record<string, unknown>) => object) => (call: object, done: Answered) => {
      const { metadata, request } = call as { metadata: Metadata; request: Record<string, unknown> };
      const refusal = called(metadata);
      if (refusal) done(refusal);
      else done(null, answer(request));
    };
    server.addService(chatService(), {
      echo: unary(() => ({ text: '', userId: 'bob', expiresAt: 0 })),
      listChannels: unary(({ pageToken }) => self?.page(String(pageToken)) ?? {}),
      eventBuff: (stream: Stream) => {
        const refusal = called(stream.metadata);
        if (refusal) stream.emit('error', refusal);
        else self?.accept(stream);
      },
    });
    const bound = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, taken) => {
        if (error) reject(error);
        else resolve(taken);
      });
    });
    return (self = new ChatServer(server, bound));
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  send(event: ServerEvent): void {
    for (const stream of this.#streams) stream.write(event);
  }

  message(position: number, body: string, rest: Partial<Message> = {}): void {
    this.send({ message: aMessage({ position, body, id: `m${position}`, ...rest }) });
  }

  /** Ends every stream. */
  end(code: status, details: string): void {
    for (const stream of this.#streams) stream.emit('error', { code, details });
    this.#streams.clear();
  }

  /** Resolves with the nth event that has this field. */
  got(field: keyof ClientEvent, nth = 1): Promise<ClientEvent> {
    return this.events.until((event) => event.event === field, nth);
  }

  stop(): void {
    this.server.forceShutdown();
  }

  /** Two channels a page. */
  page(token: string): object {
    const from = Number(token);
    const next = from + 2;
    return {
      channels: this.channels.slice(from, next),
      nextPageToken: next < this.channels.length ? String(next) : '',
    };
  }

  accept(stream: Stream): void {
    this.#streams.add(stream);
    stream.sendMetadata(new Metadata());
    stream.on('data', (event: ClientEvent) => {
      const answer = this.answering(event);
      if (answer) stream.write(answer);
      this.events.push(event);
    });
    stream.on('error', () => undefined);
    stream.on('end', () => {
      this.#streams.delete(stream);
      stream.end();
    });
  }
}

/** As Hermes does when everything is all right. */
export function politely({ ref = '', newMessage, resume }: ClientEvent): ServerEvent | undefined {
  if (resume) return { resumed: { ref, channels: [{ channelId: 'c1', position: 7 }] } };
  if (!newMessage) return undefined;
  const { id, channelId } = newMessage;
  return { ack: { ref, channelId: channelId || 'c1', id, position: 3, at: 1, duplicate: false } };
}

/** In channel `c1`, by alice. */
export function aMessage(given: Partial<Message>): Message {
  return {
    channelId: 'c1',
    position: 1,
    id: 'm1',
    sender: 'alice',
    body: 'hello',
    parent: 0,
    attachments: [],
    sentAt: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    editedAt: 0,
    deletedAt: 0,
    ...given,
  };
}

export function aChannel(given: Partial<Channel>): Channel {
  return {
    id: 'c1',
    type: 'GROUP',
    name: 'team',
    strategy: 'DURABLE',
    ttl: 0,
    creator: 'alice',
    createdAt: 1,
    position: 0,
    unread: 0,
    permissions: { read: true, write: true, manage: false },
    memberCount: 2,
    members: [],
    ...given,
  };
}
