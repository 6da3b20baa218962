import type { Clock } from '../../delivery/index.js';
import { OnceIds } from './once.js';
import type { Answer, Publication } from './publication.js';

export interface IdempotencyLimits {
  /** Milliseconds for which an answer is remembered. */
  readonly idempotencyWindow: number;
  readonly idempotencyKeys: number;
}

export type Outcome =
  | { readonly kind: 'first' | 'repeated'; readonly answer: Answer }
  /** The key was used with another body. */
  | { readonly kind: 'differs' };

/**
 * Publishes once for each key in this process; what a retry brings through another one, every node knows again by the ids
 * of its events. In this process: who comes again, or at the same time, gets the first answer. An answer that accepted
 * nothing is not remembered, so that the same request may be tried again.
 */
export class Idempotency {
  /** In the order in which they were given: the first is the oldest. */
  readonly #answers = new Map<string, { readonly answer: Answer; readonly expiresAt: number }>();
  /** Resolve when the request that is being published has been answered; as many as there are open requests. */
  readonly #running = new Map<string, Promise<void>>();

  constructor(
    private readonly clock: Clock,
    private readonly limits: IdempotencyLimits,
  ) {}

  get size(): number {
    return this.#answers.size;
  }

  async once(key: string, publication: Publication): Promise<Outcome> {
    for (let running = this.#running.get(key); running !== undefined; running = this.#running.get(key)) await running;
    this.#forgetExpired();
    const first = this.#answers.get(key)?.answer;
    if (first !== undefined) {
      return (await publication.repeats(first.fingerprint)) ? { kind: 'repeated', answer: first } : { kind: 'differs' };
    }
    return { kind: 'first', answer: await this.#publish(key, publication) };
  }

  async #publish(key: string, publication: Publication): Promise<Answer> {
    let finish: () => void = () => undefined;
    this.#running.set(key, new Promise((resolve) => (finish = resolve)));
    try {
      const answer = await publication.publish(new OnceIds(key));
      if (answer.accepted > 0) this.#remember(key, answer);
      return answer;
    } finally {
      this.#running.delete(key);
      finish();
    }
  }

  #remember(key: string, answer: Answer): void {
    this.#answers.set(key, { answer, expiresAt: this.clock.now() + this.limits.idempotencyWindow });
    if (this.#answers.size <= this.limits.idempotencyKeys) return;
    const [oldest = key] = this.#answers.keys();
    this.#answers.delete(oldest);
  }

  #forgetExpired(): void {
    const now = this.clock.now();
    for (const [key, { expiresAt }] of this.#answers) {
      if (expiresAt > now) return;
      this.#answers.delete(key);
    }
  }
}
