import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Delivery } from '../../delivery/index.js';
import { Deadlines, type Session } from '../../sessions/index.js';
import { RoomsConfig } from './rooms.config.js';

const TICK = 100;
const NORMAL = 1000;

/** Ends clients that have said nothing for too long: in this dialect only the client pings. */
@Injectable()
export class IdleClients implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #deadlines: Deadlines<Session>;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly delivery: Delivery,
    private readonly config: RoomsConfig,
  ) {
    this.#deadlines = new Deadlines(delivery.clock, TICK);
  }

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => this.#tick(), TICK);
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  /** The client has said something. */
  heard(session: Session): void {
    this.#deadlines.set(session, this.delivery.clock.now() + this.config.idleTimeout);
  }

  forget(session: Session): void {
    this.#deadlines.delete(session);
  }

  #tick(): void {
    for (const session of this.#deadlines.due()) session.close(NORMAL, 'nothing heard for too long');
  }
}
