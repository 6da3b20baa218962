import { Logger } from '@nestjs/common';
import { LineLimiter } from './line-limiter.js';

/** Says what is wrong with answers of providers, which a stranger's token may bring about: a line a second for each origin. */
export class UnusableAnswers {
  readonly #logger = new Logger('Auth');
  readonly #lines = new LineLimiter();

  /** @param fault names the field and what it must be, and repeats no value */
  report(origin: string, fault: string): void {
    const unlogged = this.#lines.admit(origin);
    if (unlogged !== undefined) this.#logger.warn('auth.answer.unusable', { origin, fault, unlogged });
  }
}
