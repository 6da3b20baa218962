import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Secret } from '@hermes/auth-provider';
import type { Identity, Subscriber } from '../../delivery/index.js';
import { SessionService, type Session } from '../../sessions/index.js';
import { Caller } from './caller.js';
import { LiveQueries } from './live-queries.js';

const SWEEP = 1_000;

/** Who a session is to become: a user with the token that shows it. */
export interface Login {
  readonly identity: Identity;
  readonly token: Secret;
  /** Seconds; undefined for no end. */
  readonly ttl: number | undefined;
}

/** The clients of this gateway, and how they change hands: what one user watches is never pushed to the next. */
@Injectable()
export class Callers implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #callers = new Map<Subscriber, Caller>();
  /** Those whose identity ends by itself. */
  readonly #mortal = new Set<Caller>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly sessions: SessionService,
    private readonly live: LiveQueries,
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => this.#sweep(), SWEEP);
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  open(session: Session, path: string): void {
    this.#callers.set(session.subscriber, new Caller(session, path));
  }

  close(session: Session): void {
    const caller = this.#callers.get(session.subscriber);
    if (caller === undefined) return;
    this.#callers.delete(session.subscriber);
    this.#mortal.delete(caller);
    this.live.unwatchAll(caller);
  }

  /** Whether this is a session of this gateway. */
  has(subscriber: Subscriber): boolean {
    return this.#callers.has(subscriber);
  }

  /** @throws for a session that has ended: its commands have nobody to answer */
  of(session: Session): Caller {
    const caller = this.#callers.get(session.subscriber);
    if (caller === undefined) throw new Error('the session of this command has ended');
    if (caller.expired) this.#end(caller);
    return caller;
  }

  /** Makes the session a user's, or (undefined) a guest's. */
  become(caller: Caller, login: Login | undefined): void {
    // It left while its token was looked at: nobody would ever take it out of here again.
    if (!caller.session.open) return;
    // What a guest watches is nobody's secret and stays.
    const changesHands = caller.user !== undefined && caller.user.id !== login?.identity.userId;
    if (changesHands || caller.expired) this.live.unwatchAll(caller);
    this.sessions.identify(caller.session, login?.identity, login?.ttl);
    caller.become(login?.token);
    if (login?.ttl === undefined) this.#mortal.delete(caller);
    else this.#mortal.add(caller);
  }

  #sweep(): void {
    for (const caller of this.#mortal) if (caller.expired) this.#end(caller);
  }

  /** The session is a guest's already; what was kept for the user goes. */
  #end(caller: Caller): void {
    this.#mortal.delete(caller);
    this.live.unwatchAll(caller);
    caller.become(undefined);
  }
}
