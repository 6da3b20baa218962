import { Injectable, Logger, Optional, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { StrangerLog } from '../addresses/index.js';
import { Delivery, type Identity, type Room, type RoomEncoder } from '../delivery/index.js';
import { CommandBudgetConfig } from './command-budget.config.js';
import { CloseCode } from './close-code.js';
import type { ClientInfo, Connection } from './connection.js';
import { Deadlines } from './deadlines.js';
import { DeliveryConfig } from './delivery.config.js';
import { Heartbeat } from './heartbeat.js';
import { PersonBudgets } from './person-budgets.js';
import type { SessionProtocol } from './session-protocol.js';
import { Silences } from './silences.js';
import { Session, type SessionOwner } from './session.js';
import { SessionsConfig } from './sessions.config.js';

const TICK = 100;
const SWEEP = 1_000;
/** Milliseconds in which a replay brings nothing new: what came since the last one came live. */
const REPLAY_PAUSE = 1_000;
/** Milliseconds for a message to arrive in, and between two looks at that. */
const MESSAGE_ARRIVAL = 30_000;
const LOOK = 5_000;

/** Sessions of this node: opened by gateways, made a user's by `authorize`, ended by either side. */
@Injectable()
export class SessionService implements SessionOwner, OnApplicationBootstrap, OnApplicationShutdown {
  /** Sessions that Hermes closed, by close code. */
  readonly closed = new Map<number, number>();
  readonly #logger = new Logger(SessionService.name);
  readonly #log = new StrangerLog((entry) => this.#logger.warn('session.closed', entry));
  readonly #sessions = new Set<Session>();
  readonly #heartbeat: Heartbeat;
  readonly #expiries: Deadlines<Session>;
  readonly #silences: Silences;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #replayedAt = new WeakMap<Session, number>();
  /** Since when clients have been at the message that they have not finished. */
  #unfinished = new Map<Session, { readonly message: object; readonly since: number }>();
  #draining = false;

  constructor(
    private readonly delivery: Delivery,
    private readonly config: SessionsConfig,
    private readonly deliveryConfig: DeliveryConfig,
    @Optional() readonly people: PersonBudgets = new PersonBudgets(new CommandBudgetConfig()),
  ) {
    this.#heartbeat = new Heartbeat(delivery.clock, config, TICK);
    this.#expiries = new Deadlines(delivery.clock, TICK);
    this.#silences = new Silences(delivery.clock, config.anonymousTimeout, TICK);
  }

  onApplicationBootstrap(): void {
    this.#timers.push(
      setInterval(() => this.#tick(), TICK),
      setInterval(() => this.delivery.retained.sweep(), SWEEP),
      setInterval(() => this.endUnfinished(), LOOK),
    );
  }

  onApplicationShutdown(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  get sessions(): ReadonlySet<Session> {
    return this.#sessions;
  }

  /** Whether one more client may come in. */
  get admits(): boolean {
    return !this.#draining && this.#sessions.size < this.config.maxSessions;
  }

  open(protocol: SessionProtocol, client: ClientInfo, connection: Connection): Session {
    const session = new Session(protocol, client, connection, this, this.delivery);
    this.#sessions.add(session);
    this.#heartbeat.start(session);
    this.#silences.moved(session);
    return session;
  }

  sessionEnded(session: Session, code: number | undefined): void {
    this.#sessions.delete(session);
    this.#heartbeat.stop(session);
    this.#expiries.delete(session);
    this.#silences.moved(session);
    this.delivery.disconnect(session.subscriber);
    if (code === undefined) return;
    this.closed.set(code, (this.closed.get(code) ?? 0) + 1);
    if (code !== CloseCode.goingAway) this.#log.add({ session: session.id, code, address: session.client.ip });
  }

  /** Whether it is the node that has no room for one more subscription of the session, and not the session. */
  isFullFor(session: Session): boolean {
    return !this.delivery.remembered.hasRoom(session.identity === undefined);
  }

  /** @returns false when the session has as many subscriptions as it may, or the node has */
  subscribe(session: Session, channel: string, event: string): boolean {
    return session.open && this.#charged(session, () => this.delivery.subscribe(session.subscriber, channel, event));
  }

  unsubscribe(session: Session, channel: string, event: string): void {
    this.#charged(session, () => this.delivery.unsubscribe(session.subscriber, channel, event));
  }

  /**
   * Puts the session into a room.
   *
   * @param reference what the client calls this subscription, as JSON text; it stands for one room at a time
   * @returns false when the session has as many subscriptions as it may
   */
  enter(session: Session, room: Room, reference: string, encoder: RoomEncoder): boolean {
    return session.open && this.delivery.enter(session.subscriber, room, reference, encoder);
  }

  /** @returns false when there was no such subscription */
  leave(session: Session, reference: string): boolean {
    return this.delivery.leave(session.subscriber, reference);
  }

  /** @returns false when the session has as many subscriptions and mutes as it may */
  mute(session: Session, event: string): boolean {
    return session.open && this.#charged(session, () => this.delivery.mute(session.subscriber, event));
  }

  /** Sends every retained event that the session may see and asked for; again only after a second. */
  replay(session: Session): void {
    const now = this.delivery.clock.now();
    if (now - (this.#replayedAt.get(session) ?? -Infinity) < REPLAY_PAUSE) return;
    this.#replayedAt.set(session, now);
    this.#charged(session, () => this.delivery.replay(session.subscriber));
  }

  /** Ends clients that have not finished a message in time: what has come of it is held until they do. */
  endUnfinished(now = this.delivery.clock.now()): void {
    const before = this.#unfinished;
    this.#unfinished = new Map();
    for (const session of this.#sessions) {
      const message = session.listens ? session.unfinished : undefined;
      if (message === undefined) continue;
      const known = before.get(session);
      const since = known?.message === message ? known.since : now;
      if (now - since < MESSAGE_ARRIVAL) this.#unfinished.set(session, { message, since });
      else session.close(CloseCode.tooSlow, 'a message was not finished in time');
    }
  }

  /** The client has asked for something; a pong is no more than what every client sends. */
  heard(session: Session): void {
    this.#silences.moved(session);
  }

  pong(session: Session): void {
    if (session.open) this.#heartbeat.pong(session);
  }

  /**
   * Makes the session a user's, or (undefined) anonymous.
   *
   * @param ttl seconds until it falls back to anonymous; undefined for no end
   */
  identify(session: Session, identity: Identity | undefined, ttl?: number): void {
    if (!session.open) return;
    this.#expiries.delete(session);
    this.#charged(session, () => this.delivery.identify(session.subscriber, identity));
    this.#silences.moved(session);
    // What the identity opened may have been more than the client could take.
    if (!session.open || identity === undefined || ttl === undefined) return;
    this.#expiries.set(session, this.delivery.clock.now() + ttl * 1_000);
  }

  /** Takes no further client and closes those that are here, in random order, evenly over the drain time. */
  async drain(): Promise<void> {
    this.#draining = true;
    const { clock } = this.delivery;
    const started = clock.now();
    const waiting = [...this.#sessions].map((session) => ({ session, at: Math.random() * this.config.drain }));
    waiting.sort((a, b) => a.at - b.at);
    for (const { session, at } of waiting) {
      if (!session.open) continue;
      const early = started + at - clock.now();
      if (early > TICK) await new Promise((resolve) => setTimeout(resolve, early));
      session.close(CloseCode.goingAway, 'Hermes is stopping, please reconnect');
    }
    this.#logger.log('sessions.drained', { sessions: waiting.length });
  }

  /** Work that a session asked for is its person's to answer for, whatever connection they come by. */
  #charged<T>(session: Session, work: () => T): T {
    const before = this.delivery.replayWork;
    const result = work();
    const done = this.delivery.replayWork - before;
    if (done > 0) this.people.of(session)?.work(performance.now(), done);
    return result;
  }

  #tick(): void {
    this.#heartbeat.tick();
    for (const session of this.#expiries.due()) this.#expire(session);
    for (const session of this.#silences.due())
      session.close(CloseCode.silent, 'anonymous, and nothing was said for too long');
    this.delivery.queue.giveUpStalled(this.deliveryConfig.stallTimeout);
  }

  #expire(session: Session): void {
    const { identityExpired } = session.protocol;
    if (identityExpired === 'close') {
      session.close(CloseCode.identityExpired, 'the token has run out');
      return;
    }
    this.delivery.identify(session.subscriber, undefined);
    this.#silences.moved(session);
    if (identityExpired !== undefined) session.send(identityExpired);
  }
}
