import type { Clock } from '../delivery/index.js';
import { CloseCode } from './close-code.js';
import { Deadlines } from './deadlines.js';
import type { Session } from './session.js';

export interface HeartbeatTimes {
  /** Milliseconds between two pings of one session. */
  readonly pingInterval: number;
  /** Milliseconds a client has for its pong. */
  readonly pongTimeout: number;
}

/** Pings every session at its own pace, spread by when it came, and ends those that do not answer. */
export class Heartbeat {
  /** Each session is in here once: until its next ping or, while one is out, until its pong is overdue. */
  readonly #deadlines: Deadlines<Session>;

  constructor(
    private readonly clock: Clock,
    private readonly times: HeartbeatTimes,
    resolution: number,
  ) {
    this.#deadlines = new Deadlines(clock, resolution);
  }

  get size(): number {
    return this.#deadlines.size;
  }

  start(session: Session): void {
    if (session.protocol.ping !== undefined) this.#deadlines.set(session, this.clock.now() + this.times.pingInterval);
  }

  stop(session: Session): void {
    this.#deadlines.delete(session);
  }

  pong(session: Session): void {
    if (!session.awaitsPong) return;
    session.awaitsPong = false;
    this.start(session);
  }

  tick(): void {
    for (const session of this.#deadlines.due()) {
      if (!session.awaitsPong) this.#ping(session);
      else if (session.listens) session.close(CloseCode.pongMissing, 'no pong in time');
      // The answer may be there, unread: while its commands wait for a slow one, the client is not read from.
      else this.#deadlines.set(session, this.clock.now() + this.times.pongTimeout);
    }
  }

  #ping(session: Session): void {
    const { ping, pongOptional } = session.protocol;
    if (ping === undefined) return;
    session.awaitsPong = !pongOptional;
    const { pingInterval, pongTimeout } = this.times;
    // First: a session that the ping is too much for ends here and now, and is to leave nothing behind.
    this.#deadlines.set(session, this.clock.now() + (pongOptional ? pingInterval : pongTimeout));
    session.send(ping);
  }
}
