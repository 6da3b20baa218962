import { Logger } from '@nestjs/common';
import type { Clock } from '../delivery/index.js';

/** Milliseconds between two lines about the same source and reason. */
const PAUSE = 1_000;

interface Silence {
  loggedAt: number;
  unlogged: number;
}

/** Logs dropped events: the first of each kind at once, then one line a second with how many came meanwhile. */
export class RejectionLog {
  readonly #logger = new Logger('Events');
  readonly #records = new Map<string, Silence>();

  constructor(private readonly clock: Clock) {}

  /** @param reason a word from a fixed set, which bounds what is remembered here */
  rejected(source: string, reason: string, detail: string): void {
    const key = `${source} ${reason}`;
    const record = this.#records.get(key);
    const now = this.clock.now();
    if (record !== undefined && now - record.loggedAt < PAUSE) {
      record.unlogged++;
      return;
    }
    this.#logger.warn('event.rejected', { source, reason, detail, unlogged: record?.unlogged ?? 0 });
    this.#records.set(key, { loggedAt: now, unlogged: 0 });
  }
}
