import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Delivery, type Identity, type Room, type RoomEncoder } from '../delivery/index.js';
import { CloseCode } from './close-code.js';
import type { ClientInfo, Connection } from './connection.js';
import { Deadlines } from './deadlines.js';
import { DeliveryConfig } from './delivery.config.js';
import { Heartbeat } from './heartbeat.js';
import type { SessionProtocol } from './session-protocol.js';
import { Session, type SessionOwner } from './session.js';
import { SessionsConfig } from './sessions.config.js';

const TICK = 100;
const SWEEP = 1_000;

/** Sessions of this node: opened by gateways, made a user's by `authorize`, ended by either side. */
@Injectable()
export class SessionService implements SessionOwner, OnApplicationBootstrap, OnApplicationShutdown {
  /** Sessions that Hermes closed, by close code. */
  readonly closed = new Map<number, number>();
  readonly #logger = new Logger(SessionService.name);
  readonly #sessions = new Set<Session>();
  readonly #heartbeat: Heartbeat;
  readonly #expiries: Deadlines<Session>;
  readonly #timers: NodeJS.Timeout[] = [];
  #draining = false;

  constructor(
    private readonly delivery: Delivery,
    private readonly config: SessionsConfig,
    private readonly deliveryConfig: DeliveryConfig,
  ) {
    this.#heartbeat = new Heartbeat(delivery.clock, config, TICK);
    this.#expiries = new Deadlines(delivery.clock, TICK);
  }

  onApplicationBootstrap(): void {
    this.#timers.push(
      setInterval(() => this.#tick(), TICK),
      setInterval(() => this.delivery.retained.sweep(), SWEEP),
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
    return session;
  }

  sessionEnded(session: Session, code: number | undefined): void {
    this.#sessions.delete(session);
    this.#heartbeat.stop(session);
    this.#expiries.delete(session);
    this.delivery.disconnect(session.subscriber);
    if (code === undefined) return;
    this.closed.set(code, (this.closed.get(code) ?? 0) + 1);
    if (code !== CloseCode.goingAway) this.#logger.warn('session.closed', { session: session.id, code });
  }

  /** @returns false when the session has as many subscriptions as it may */
  subscribe(session: Session, channel: string, event: string): boolean {
    return session.open && this.delivery.subscribe(session.subscriber, channel, event);
  }

  unsubscribe(session: Session, channel: string, event: string): void {
    this.delivery.unsubscribe(session.subscriber, channel, event);
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
    return session.open && this.delivery.mute(session.subscriber, event);
  }

  /** Sends every retained event that the session may see and asked for. */
  replay(session: Session): void {
    this.delivery.replay(session.subscriber);
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
    this.delivery.identify(session.subscriber, identity);
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

  #tick(): void {
    this.#heartbeat.tick();
    for (const session of this.#expiries.due()) this.#expire(session);
    this.delivery.queue.giveUpStalled(this.deliveryConfig.stallTimeout);
  }

  #expire(session: Session): void {
    const { identityExpired } = session.protocol;
    if (identityExpired === 'close') {
      session.close(CloseCode.identityExpired, 'the token has run out');
      return;
    }
    this.delivery.identify(session.subscriber, undefined);
    if (identityExpired !== undefined) session.send(identityExpired);
  }
}
