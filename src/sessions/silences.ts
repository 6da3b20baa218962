import type { Clock } from '../delivery/index.js';
import { Deadlines } from './deadlines.js';
import type { Session } from './session.js';

/** Anonymous sessions, and until when each has to say something. */
export class Silences {
  readonly #deadlines: Deadlines<Session>;

  /** @param timeout milliseconds; 0: nobody has to */
  constructor(
    private readonly clock: Clock,
    private readonly timeout: number,
    resolution: number,
  ) {
    this.#deadlines = new Deadlines(clock, resolution);
  }

  /** The session has come, has said something, or is somebody else's now. */
  moved(session: Session): void {
    if (this.timeout === 0) return;
    if (session.open && session.identity === undefined) this.#deadlines.set(session, this.clock.now() + this.timeout);
    else this.#deadlines.delete(session);
  }

  /** Takes out and returns those that have said nothing for too long. */
  due(): Session[] {
    return this.timeout === 0 ? [] : this.#deadlines.due();
  }
}
