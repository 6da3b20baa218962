import { createRequire } from 'node:module';
import {
  credentials,
  makeClientConstructor,
  Metadata,
  type Client,
  type ClientDuplexStream,
  type MethodDefinition,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import {
  CHAT_LOADER_OPTIONS,
  CHAT_PACKAGE,
  CHAT_SERVICE,
  type ChatCalls,
  type ClientEvent,
  type ServerEvent,
} from '@hermes/protocol';
import { failureOf } from './chat-failure.js';
import type { ChatTarget } from './chat-target.js';

/** Milliseconds that a unary call may take. */
const PATIENCE = 10_000;

/** So that a network that has died without a word is noticed; milliseconds. */
const KEEPALIVE = { 'grpc.keepalive_time_ms': 30_000, 'grpc.keepalive_timeout_ms': 10_000 };

/** How large messages may be is the server's affair. */
const OPTIONS = { ...KEEPALIVE, 'grpc.max_receive_message_length': -1 };

export type EventStream = ClientDuplexStream<ClientEvent, ServerEvent>;

/** The service as `chat.proto` has it. */
export function chatService(): ServiceDefinition {
  const proto = createRequire(import.meta.url).resolve('@hermes/protocol/chat.proto');
  return loadSync(proto, CHAT_LOADER_OPTIONS)[`${CHAT_PACKAGE}.${CHAT_SERVICE}`] as ServiceDefinition;
}

/** The calls of `chat.proto`, each with a token that is good when it is made. */
export class ChatClient {
  readonly #service = chatService();
  readonly #client: Client;

  constructor(private readonly target: ChatTarget) {
    const security = target.tls ? credentials.createSsl() : credentials.createInsecure();
    this.#client = new (makeClientConstructor(this.#service, CHAT_SERVICE))(target.address, security, OPTIONS);
  }

  /** @throws {ChatFailure} */
  call<Name extends keyof ChatCalls>(name: Name, request: ChatCalls[Name][0]): Promise<ChatCalls[Name][1]> {
    const { path, requestSerialize, responseDeserialize } = this.#method(name);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest<object, object>(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        this.#metadata(),
        { deadline: Date.now() + PATIENCE },
        (error, answer) => {
          if (error) reject(failureOf(error, this.target.address));
          else resolve(answer as ChatCalls[Name][1]);
        },
      );
    });
  }

  /** A live connection, with a token that is good when it begins. */
  events(): EventStream {
    const { path, requestSerialize, responseDeserialize } = this.#method('eventBuff');
    return this.#client.makeBidiStreamRequest<ClientEvent, ServerEvent>(
      path,
      requestSerialize,
      responseDeserialize as (bytes: Buffer) => ServerEvent,
      this.#metadata(),
    );
  }

  get address(): string {
    return this.target.address;
  }

  close(): void {
    this.#client.close();
  }

  #method(name: string): MethodDefinition<object, object> {
    const method = Object.values(this.#service).find(({ originalName }) => originalName === name);
    if (method === undefined) throw new Error(`chat.proto has no call ${name}`);
    return method as MethodDefinition<object, object>;
  }

  #metadata(): Metadata {
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${this.target.token()}`);
    return metadata;
  }
}
