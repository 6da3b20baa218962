import {
  closeCodeMeaning,
  commandMessage,
  isAuthorize,
  isEvent,
  isPing,
  readServerMessage,
  resultCodeMeaning,
  type AckReply,
  type AuthorizeReply,
  type CommandBodies,
  type CommandId,
  type CommandName,
  type Credentials,
  type ErrorReply,
  type EventMessage,
  type HandshakeReply,
  type MarkedReply,
  type SentReply,
  type Subscription,
} from '@hermes/protocol';
import { backOff } from './back-off.js';
import { SilenceWatch } from './silence-watch.js';
import type { OpenSocket, Socket } from './socket.js';

/** What a connection is to be, now and after each reconnect. */
export interface ConnectionOptions {
  /** The WebSocket address, path included. */
  readonly url: string;
  readonly openSocket: OpenSocket;
  readonly subscriptions: readonly Subscription[];
  /** Asked at each connect, and when what it gave has expired; absent: anonymous. */
  readonly credentials?: (() => Credentials) | undefined;
  /** Whether to come back when the connection is lost or cannot be made; true when absent. */
  readonly reconnect?: boolean | undefined;
  /** Milliseconds of silence after which the server is asked for a sign of life; 30 s when absent. */
  readonly silence?: number | undefined;
}

/** Why there is no connection: a close code, 1006 when the network or the server gave none, and words if there are any. */
export interface Loss {
  readonly code: number;
  readonly reason: string;
  /** Whether the server had answered on this connection. */
  readonly wasReady: boolean;
}

export type Ending =
  /** By `close()`. */
  | { readonly kind: 'closed' }
  /** Coming back was not wanted, or would not help. */
  | { readonly kind: 'lost'; readonly loss: Loss }
  /** The server did not carry out what the options ask for. */
  | { readonly kind: 'refused'; readonly command: CommandName; readonly code: number; readonly reason: string };

/** What a connection tells its owner. */
export interface ConnectionListener {
  /** @param frame the text of the message as it came */
  event(event: EventMessage, frame: string): void;
  /** Connected, authorized if that was asked for, and subscribed; kept events have come before. */
  ready(): void;
  /** No connection for now; the next try is in `delay` milliseconds. */
  waiting(loss: Loss, delay: number): void;
  /** A complaint of the server that does not end the matter. */
  warned(message: string): void;
  /** Over for good; nothing is told after this. */
  ended(ending: Ending): void;
}

type Answer = AckReply | AuthorizeReply | ErrorReply | HandshakeReply | MarkedReply | SentReply;

const SILENCE = 30_000;

/**
 * One subscriber of Hermes that stays connected: answers pings, notices a dead network, comes back with full jitter,
 * authorizes and subscribes anew. It knows no platform: sockets come from `openSocket`.
 */
export class HermesConnection {
  readonly #unanswered = new Map<CommandId, CommandName>();
  readonly #watch: SilenceWatch;
  #socket: Socket | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #state: 'down' | 'greeting' | 'ready' | 'ended' = 'down';
  #attempt = 0;
  #lastId = 0;
  #wasAuthorized = false;

  constructor(
    private readonly options: ConnectionOptions,
    private readonly listener: ConnectionListener,
  ) {
    this.#watch = new SilenceWatch(
      options.silence ?? SILENCE,
      () => this.#send('handshake', undefined),
      () => this.#socket?.drop(),
    );
  }

  /** Connects. To be called once. */
  open(): void {
    this.#socket = this.options.openSocket(this.options.url, {
      opened: () => this.#greet(),
      received: (text) => this.#receive(text),
      closed: (code, reason) => this.#lose(code, reason),
    });
  }

  /** Ends the connection for good; the listener gets `ended` before this returns, if it has not had it. */
  close(): void {
    this.#end({ kind: 'closed' });
  }

  /** The server carries commands out in order, so nothing here waits for an answer. */
  #greet(): void {
    if (this.#state === 'ended') return;
    this.#state = 'greeting';
    this.#watch.start();
    const { credentials, subscriptions } = this.options;
    if (credentials) this.#ask('authorize', credentials());
    for (const subscription of subscriptions) this.#ask('subscribe', subscription);
    this.#ask('handshake', undefined);
  }

  #receive(frame: string): void {
    if (this.#state === 'ended') return;
    this.#watch.heard();
    const message = readServerMessage(frame);
    if (message === undefined) return;
    if (isEvent(message)) this.listener.event(message, frame);
    else if (isPing(message)) this.#send('pong', undefined);
    else this.#hear(message);
  }

  #hear(answer: Answer): void {
    const command = answer.id === undefined ? undefined : this.#unanswered.get(answer.id);
    if (command !== undefined) this.#settle(command, answer);
    else if (isAuthorize(answer) && answer.data.resultCode !== 200) this.#renew();
    else if (answer.event === 'error') this.listener.warned(answer.data.message);
  }

  #settle(command: CommandName, answer: Answer): void {
    if (answer.id !== undefined) this.#unanswered.delete(answer.id);
    const code = 'data' in answer ? answer.data.resultCode : 200;
    if (code !== 200) {
      this.#refused(command, code, answer.event === 'error' ? answer.data.message : resultCodeMeaning(code).meaning);
      return;
    }
    if (command === 'authorize') this.#wasAuthorized = true;
    if (this.#unanswered.size > 0 || this.#state !== 'greeting') return;
    this.#state = 'ready';
    this.#attempt = 0;
    this.listener.ready();
  }

  /** A provider that is away for a moment does not undo what it has allowed before: that is one more failed try. */
  #refused(command: CommandName, code: number, reason: string): void {
    const { reconnect = true } = this.options;
    if (!reconnect || !this.#wasAuthorized || !resultCodeMeaning(code).retry) {
      this.#end({ kind: 'refused', command, code, reason });
      return;
    }
    this.listener.warned(`${command}: ${code}, ${reason}`);
    this.#socket?.drop();
  }

  /** The identity has expired. Credentials may be good for another term; if not, that is the end. */
  #renew(): void {
    const { credentials } = this.options;
    if (credentials) this.#ask('authorize', credentials());
  }

  #lose(code: number, reason: string): void {
    if (this.#state === 'ended') return;
    const loss = { code, reason, wasReady: this.#state === 'ready' };
    this.#state = 'down';
    this.#watch.stop();
    this.#unanswered.clear();
    const { reconnect = true } = this.options;
    if (!reconnect || closeCodeMeaning(code)?.reconnect === false) {
      this.#end({ kind: 'lost', loss });
      return;
    }
    const delay = backOff(this.#attempt++);
    this.#retry = setTimeout(() => this.open(), delay);
    this.listener.waiting(loss, delay);
  }

  #end(ending: Ending): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#watch.stop();
    clearTimeout(this.#retry);
    this.#socket?.close();
    this.listener.ended(ending);
  }

  #ask<Name extends CommandName>(name: Name, command: CommandBodies[Name]): void {
    const id = ++this.#lastId;
    this.#unanswered.set(id, name);
    this.#send(name, command, id);
  }

  #send<Name extends CommandName>(name: Name, command: CommandBodies[Name], id?: CommandId): void {
    this.#socket?.send(JSON.stringify(commandMessage(name, command, id)));
  }
}
