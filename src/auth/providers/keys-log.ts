import { Logger } from '@nestjs/common';
import type { KeysEvent } from './jwks.js';

/** Says what becomes of an issuer's keys, a few lines however many tokens come meanwhile. */
export class KeysLog {
  readonly #logger = new Logger('Auth');
  #stale = false;

  constructor(private readonly origin: string) {}

  write(event: KeysEvent): void {
    const { origin } = this;
    switch (event.kind) {
      case 'fetched':
        if (event.recovered || this.#stale) this.#logger.log('auth.keys.recovered', { origin });
        this.#stale = false;
        return;
      case 'failed':
        // Each is followed by a wait that grows, which bounds these lines.
        this.#logger.warn('auth.keys.failed', {
          origin,
          reason: event.reason,
          retryIn: Math.ceil(event.retryIn / 1_000),
        });
        return;
      case 'stale':
        if (!this.#stale) this.#logger.warn('auth.keys.stale', { origin, age: Math.round(event.age / 1_000) });
        this.#stale = true;
    }
  }
}
