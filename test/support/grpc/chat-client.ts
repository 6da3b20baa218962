import { createRequire } from 'node:module';
import {
  Client,
  Metadata,
  credentials,
  loadPackageDefinition,
  status,
  type CallOptions,
  type ChannelCredentials,
  type ClientDuplexStream,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import {
  CHAT_LOADER_OPTIONS,
  type ChatCalls,
  type ClientEvent,
  type ServerEvent,
  type ServerEventName,
} from '@hermes/protocol';
import { waitFor } from '../wait-for.js';

const PROTO = createRequire(__filename).resolve('@hermes/protocol/chat.proto');
const { hermes } = loadPackageDefinition(loadSync(PROTO, CHAT_LOADER_OPTIONS)) as unknown as {
  hermes: { chat: { v1: { Chat: ServiceClientConstructor } } };
};

export type StatusName = keyof typeof status;
/** What is in an event of one kind. */
export type EventContent<K extends ServerEventName> = NonNullable<ServerEvent[K]>;

/** How a call ended. */
export interface Ending {
  readonly code: StatusName;
  readonly details: string;
}

export interface ChatClientOptions {
  /** Metadata `authorization` as it is to be sent, instead of `Bearer` and the token. */
  readonly authorization?: string;
  readonly credentials?: ChannelCredentials;
  readonly channel?: Readonly<Record<string, string | number>>;
}

type UnaryMethod = (
  request: object,
  metadata: Metadata,
  options: CallOptions,
  callback: (error: ServiceError | null, answer: object) => void,
) => void;

/** A chat client of one user, as another team would write it with grpc-js. Every `stream()` is one more EventBuff. */
export class ChatClient {
  readonly #client: Client;
  readonly #metadata = new Metadata();

  /** @param address host and port, with or without `grpc://` @param token undefined for none */
  constructor(address: string, token: string | undefined, options: ChatClientOptions = {}) {
    const authorization = options.authorization ?? (token === undefined ? undefined : `Bearer ${token}`);
    if (authorization !== undefined) this.#metadata.set('authorization', authorization);
    this.#client = new hermes.chat.v1.Chat(
      address.replace(/^grpcs?:\/\//, ''),
      options.credentials ?? credentials.createInsecure(),
      // Clients of one process share connections to one address, unless told not to.
      { 'grpc.use_local_subchannel_pool': 1, ...options.channel },
    );
  }

  /** A unary call. @throws ServiceError with the status */
  call<K extends keyof ChatCalls>(
    name: K,
    request: ChatCalls[K][0],
    options: CallOptions = {},
  ): Promise<ChatCalls[K][1]> {
    const method = (this.#client as unknown as Record<string, UnaryMethod>)[name] as UnaryMethod;
    return new Promise((resolve, reject) => {
      method.call(this.#client, request, this.#metadata, options, (error, answer) => {
        if (error) reject(error);
        else resolve(answer as ChatCalls[K][1]);
      });
    });
  }

  /** The status that a unary call ends with. */
  async statusOf<K extends keyof ChatCalls>(
    name: K,
    request: ChatCalls[K][0],
    options: CallOptions = {},
  ): Promise<Ending> {
    try {
      await this.call(name, request, options);
      return { code: 'OK', details: '' };
    } catch (error) {
      return endingOf(error as ServiceError);
    }
  }

  /** One more stream; nothing is said on it yet. */
  open(options: CallOptions = {}): ChatStream {
    const method = (this.#client as unknown as Record<string, unknown>)['eventBuff'] as (
      metadata: Metadata,
      options: CallOptions,
    ) => ClientDuplexStream<ClientEvent, ServerEvent>;
    return new ChatStream(method.call(this.#client, this.#metadata, options));
  }

  /** One more stream that gets what happens from here on. */
  async join(): Promise<ChatStream> {
    const stream = this.open();
    stream.send({ ref: 'join', join: {} });
    await stream.next('joined');
    return stream;
  }

  /** Ends the connection and all that goes over it. */
  close(): void {
    this.#client.close();
  }
}

/** One EventBuff: what came over it, in order. */
export class ChatStream {
  /** Everything so far, read by `next` or not. */
  readonly events: ServerEvent[] = [];
  /** Resolves when the stream is over. */
  readonly ended: Promise<Ending>;
  #ending: Ending | undefined;
  #read = 0;

  constructor(readonly call: ClientDuplexStream<ClientEvent, ServerEvent>) {
    call.on('data', (event: ServerEvent) => this.events.push(event));
    call.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      call.once('status', (ending) => resolve((this.#ending = endingOf(ending))));
    });
  }

  send(event: ClientEvent): void {
    this.call.write(event);
  }

  /**
   * The next event of this kind behind the one that was read last; those of other kinds between them are passed over.
   *
   * @throws when the stream ends, or is silent for some seconds
   */
  async next<K extends ServerEventName>(kind: K): Promise<EventContent<K>> {
    const index = await waitFor(`an event of the kind ${kind}`, () => {
      const found = this.events.findIndex((event, at) => at >= this.#read && event.event === kind);
      return found === -1 ? this.#ending !== undefined && -1 : found;
    });
    if (index === -1) throw new Error(`the stream has ended: ${JSON.stringify(this.#ending)}`);
    this.#read = index + 1;
    return this.events[index]?.[kind] as EventContent<K>;
  }

  /** What is in all events of one kind that have come so far. */
  all<K extends ServerEventName>(kind: K): EventContent<K>[] {
    return this.events.flatMap((event) => (event.event === kind ? [event[kind] as EventContent<K>] : []));
  }

  /** Says something that is answered by `ack`, `joined`, `resumed` or `error`, and waits for that. */
  async ask(event: ClientEvent): Promise<ServerEvent> {
    const ref = event.ref ?? `ref ${Math.random()}`;
    this.send({ ...event, ref });
    return waitFor(`an answer to ${JSON.stringify(event)}`, () => {
      const answer = this.events.find(({ ack, joined, resumed, error }) =>
        [ack, joined, resumed, error].some((content) => content?.ref === ref),
      );
      if (answer === undefined && this.#ending)
        throw new Error(`the stream has ended: ${JSON.stringify(this.#ending)}`);
      return answer;
    });
  }

  /** Says that nothing more will be said; resolves with how the server ends it. */
  end(): Promise<Ending> {
    this.call.end();
    return this.ended;
  }

  /** Leaves at once. */
  async cancel(): Promise<void> {
    this.call.cancel();
    await this.ended;
  }

  /** Stops reading; HTTP/2 then holds the server back. */
  pause(): void {
    this.call.pause();
  }

  resume(): void {
    this.call.resume();
  }
}

function endingOf({ code, details }: { readonly code: number; readonly details: string }): Ending {
  return { code: status[code] as StatusName, details };
}
