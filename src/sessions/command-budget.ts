export interface BudgetLimits {
  /** Commands a second, 0 for no limit. */
  readonly rate: number;
  readonly burst: number;
}

/** What to do with a command: run it, refuse it with a warning, refuse it in silence, or end the connection. */
export type Spending = 'run' | 'warn' | 'refuse' | 'close';

/**
 * A token bucket for the commands of one client. Who goes on for a second's worth after the warning is cut off; it is
 * forgiven when half of the burst is back, not with each command that the refill lets through.
 */
export class CommandBudget {
  #tokens: number;
  #refilledAt: number;
  #refused = 0;

  constructor(
    private readonly limits: BudgetLimits,
    now: number,
  ) {
    this.#tokens = limits.burst;
    this.#refilledAt = now;
  }

  /**
   * @param now milliseconds, monotonic
   * @param owed what earlier commands turned out to cost beside themselves, in commands
   */
  spend(now: number, owed = 0): Spending {
    const { rate, burst } = this.limits;
    if (rate === 0) return 'run';
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#refilledAt) / 1_000) * rate);
    this.#tokens = Math.max(-burst, this.#tokens - owed);
    this.#refilledAt = now;
    if (this.#tokens >= burst / 2) this.#refused = 0;
    if (this.#tokens >= 1) {
      this.#tokens--;
      return 'run';
    }
    this.#refused++;
    if (this.#refused === 1) return 'warn';
    return this.#refused > rate ? 'close' : 'refuse';
  }
}
