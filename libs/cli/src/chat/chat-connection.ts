import { status, type StatusObject } from '@grpc/grpc-js';
import type { ChannelPosition, ChatError, MembershipChange, ServerEvent } from '@hermes/protocol';
import { backOff } from '../back-off.js';
import type { ChatClient, EventStream } from './chat-client.js';
import { failureOf, refusalOf, type ChatFailure } from './chat-failure.js';
import { Marks } from './marks.js';
import { SeenPositions } from './seen-positions.js';

/** Milliseconds that the server has to say goodbye. */
const GOODBYE = 1_000;

/** After these the same would happen again. */
const FINAL: ReadonlySet<string> = new Set([
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'PERMISSION_DENIED',
  'FAILED_PRECONDITION',
  'UNAUTHENTICATED',
  'UNIMPLEMENTED',
]);

export interface ChatConnectionOptions {
  /** Of whom the connection is. */
  readonly userId: string;
  /** Tell the others that what has come has been read, not only delivered. */
  readonly read: boolean;
  /** Whether to come back when the connection is lost or cannot be made. */
  readonly reconnect: boolean;
  /** Whether the client has another token when one has run out. */
  readonly renews: boolean;
}

/** What a connection tells its owner. */
export interface ChatListener {
  /** Something that this client has not seen: one of `message`, `changed`, `membership`, `receipt`, `typing`, `presence`. */
  event(event: ServerEvent): void;
  /** Connected, and everything that was missed has come. */
  ready(): void;
  /** No connection for now; the next try is in `delay` milliseconds. */
  waiting(failure: ChatFailure, wasReady: boolean, delay: number): void;
  /** A complaint of the server that does not end the matter. */
  warned(failure: ChatFailure): void;
  /** Over for good; undefined after `close()`. */
  ended(failure: ChatFailure | undefined): void;
}

/** One user's live connection that stays: it comes back, gets what it has missed, and marks what has come. */
export class ChatConnection {
  readonly #seen = new SeenPositions();
  readonly #marks = new Marks((mark) => this.#mark(mark));
  #stream: EventStream | undefined;
  #timer: NodeJS.Timeout | undefined;
  #state: 'down' | 'greeting' | 'ready' | 'closing' | 'ended' = 'down';
  #attempt = 0;

  constructor(
    private readonly client: ChatClient,
    private readonly options: ChatConnectionOptions,
    private readonly listener: ChatListener,
  ) {}

  /** Connects. To be called once. */
  open(): void {
    this.#state = 'greeting';
    const stream = (this.#stream = this.client.events());
    stream.on('data', (event: ServerEvent) => this.#take(event));
    // The status, which follows, says the same.
    stream.on('error', () => undefined);
    stream.on('status', (ending: StatusObject) => this.#lose(ending));
    stream.write({ ref: 'resume', resume: { channels: this.#seen.all() } });
  }

  /** Tells the server what it should know yet and ends the connection for good; the listener gets `ended`. */
  close(): void {
    if (this.#state === 'closing' || this.#state === 'ended') return;
    const polite = this.#state === 'ready' || (this.#state === 'greeting' && this.#marks.due);
    this.#marks.finish();
    this.#state = 'closing';
    clearTimeout(this.#timer);
    if (!polite) {
      this.#end(undefined);
      return;
    }
    this.#stream?.end();
    this.#timer = setTimeout(() => this.#end(undefined), GOODBYE);
  }

  #take(event: ServerEvent): void {
    if (this.#state === 'closing' || this.#state === 'ended') return;
    if (event.error) this.#refused(event.error);
    else if (event.resumed) this.#resumed(event.resumed.channels);
    else if (event.message ?? event.changed ?? event.membership) this.#entry(event);
    else if (event.receipt ?? event.typing ?? event.presence) this.listener.event(event);
  }

  #entry(event: ServerEvent): void {
    const { channelId, position } = event.message ??
      event.changed ??
      event.membership ?? { channelId: '', position: 0 };
    if (!this.#seen.take(channelId, position)) return;
    // Whoever is no member any more has nothing to mark or to resume.
    if (event.membership && this.#isFarewell(event.membership)) {
      this.#seen.forget(channelId);
      this.#marks.forget(channelId);
    } else {
      this.#marks.note({ channelId, position });
    }
    // Last, because the owner may have had enough.
    this.listener.event(event);
  }

  #isFarewell({ kind, members }: MembershipChange): boolean {
    return (kind === 'REMOVED' || kind === 'LEFT') && members.some(({ userId }) => userId === this.options.userId);
  }

  #resumed(channels: readonly ChannelPosition[]): void {
    // Marks may have been lost with the connection.
    for (const seen of this.#seen.all()) this.#marks.note(seen);
    const known = new Set(this.#seen.all().map(({ channelId }) => channelId));
    for (const { channelId, position } of channels) if (known.has(channelId)) this.#seen.take(channelId, position);
    this.#state = 'ready';
    this.#attempt = 0;
    this.listener.ready();
  }

  #refused(error: ChatError): void {
    const failure = refusalOf(error);
    if (error.ref === 'resume') {
      if (FINAL.has(error.code)) this.#end(failure);
      else this.#retry(failure);
      return;
    }
    // A channel that stores nothing takes no marks, and neither does one that the user has just left.
    if (error.ref !== 'mark') this.listener.warned(failure);
  }

  #lose(ending: StatusObject): void {
    if (this.#state === 'closing') return this.#end(undefined);
    if (this.#state !== 'greeting' && this.#state !== 'ready') return;
    const { code, details } = ending;
    if (code === status.OK) return this.#retry(failureOf({ code: status.UNAVAILABLE, details }, this.client.address));
    this.#retry(failureOf(ending, this.client.address));
  }

  /** A token that has run out is no reason to leave when there is another; one that was never accepted is. */
  #retry(failure: ChatFailure): void {
    const wasReady = this.#state === 'ready';
    const ranOut = failure.code === 'UNAUTHENTICATED' && wasReady && this.options.renews;
    if (!this.options.reconnect || (FINAL.has(failure.code) && !ranOut)) return this.#end(failure);
    this.#leave();
    const delay = ranOut ? 0 : backOff(this.#attempt++);
    this.#timer = setTimeout(() => this.open(), delay);
    if (!ranOut) this.listener.waiting(failure, wasReady, delay);
  }

  #end(failure: ChatFailure | undefined): void {
    if (this.#state === 'ended') return;
    this.#leave();
    this.#state = 'ended';
    clearTimeout(this.#timer);
    this.#marks.finish();
    this.listener.ended(failure);
  }

  #leave(): void {
    this.#state = 'down';
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.removeAllListeners('data').cancel();
  }

  #mark(mark: ChannelPosition): boolean {
    if (this.#stream === undefined || (this.#state !== 'ready' && this.#state !== 'greeting')) return false;
    // What has been read has been delivered.
    this.#stream.write({ ref: 'mark', ...(this.options.read ? { read: mark } : { delivered: mark }) });
    return true;
  }
}
