import { randomUUID } from 'node:crypto';
import type { Delivery, Identity, OutboxOwner, Subscriber } from '../delivery/index.js';
import { CloseCode } from './close-code.js';
import type { ClientInfo, Connection } from './connection.js';
import type { SessionProtocol } from './session-protocol.js';

/** Told once when a session has ended: with the code that Hermes closed it with, or none when the client left. */
export interface SessionOwner {
  sessionEnded(session: Session, code: number | undefined): void;
}

/** One client connection: anonymous, then a user's, then closed. */
export class Session implements OutboxOwner {
  readonly id = randomUUID();
  readonly subscriber: Subscriber;
  /** Whether a ping is on its way that has not been answered. */
  awaitsPong = false;
  #open = true;

  constructor(
    readonly protocol: SessionProtocol,
    readonly client: ClientInfo,
    private readonly connection: Connection,
    private readonly owner: SessionOwner,
    delivery: Delivery,
  ) {
    this.subscriber = delivery.connect(protocol.encoder, connection, this, protocol.lossless);
  }

  get open(): boolean {
    return this.#open;
  }

  /** Whether Hermes listens to the client just now. */
  get listens(): boolean {
    return !this.connection.readingPaused;
  }

  /** Who the session belongs to; undefined while it is anonymous. */
  get identity(): Identity | undefined {
    return this.subscriber.identity;
  }

  /** The message that the client has begun and not finished, the same object as long as it is the same message. */
  get unfinished(): object | undefined {
    return this.connection.unfinished;
  }

  /** Sends a frame meant for this session alone, behind everything that waits already. */
  send(frame: Buffer): void {
    this.subscriber.outbox.reply(frame);
  }

  /** Sends what waits, then ends the connection with a close code and a reason for the client's developer. */
  close(code: number, reason: string): void {
    if (!this.#open) return;
    this.subscriber.outbox.finish();
    this.connection.close(code, reason);
    this.#end(code);
  }

  tooSlow(): void {
    this.close(CloseCode.tooSlow, 'too slow: events arrive faster than they are read');
  }

  /** The client has left. */
  left(): void {
    if (this.#open) this.#end(undefined);
  }

  #end(code: number | undefined): void {
    this.#open = false;
    this.owner.sessionEnded(this, code);
  }
}
