/** How much one person may ask for, over all of their connections. */
export interface PersonLimits {
  /** Commands a second, 0 for no limit. */
  readonly rate: number;
  readonly burst: number;
}

/** Milliseconds of a core that one person's costly commands may take at once, and then in each second. */
const WORK_BURST = 1_000;
const WORK_RATE = 50;
/** Work of so many milliseconds is followed by as long a rest, so that everybody else has their turn between. */
const TIRING = 5;

/**
 * What one person, a user or an address, has left to spend. Whoever has spent it waits for a turn, those who came first
 * first: behind an address may be many honest clients, and none of them is refused for what the others did.
 */
export class PersonBudget {
  #commands: number;
  #work = WORK_BURST;
  #refilledAt: number;
  #restsUntil = 0;
  /** Most people never wait. */
  #waiting: (() => void)[] | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param now milliseconds, monotonic */
  constructor(
    private readonly limits: PersonLimits,
    now: number,
  ) {
    this.#commands = limits.burst;
    this.#refilledAt = now;
  }

  /** Whether nothing would be lost if it were forgotten. */
  isFull(now: number): boolean {
    this.#refill(now);
    return this.#waiting === undefined && this.#commands >= this.limits.burst && this.#work >= WORK_BURST;
  }

  /** Whether the next command has to wait. */
  isSpent(now: number): boolean {
    return this.#waiting !== undefined || this.#delay(now) > 0;
  }

  /**
   * Charges commands, at once or when it is their turn.
   *
   * @returns undefined when it is their turn now
   */
  turn(now: number, commands: number): Promise<void> | undefined {
    if (!this.isSpent(now)) {
      this.#commands -= commands;
      return undefined;
    }
    return new Promise((resolve) => {
      (this.#waiting ??= []).push(() => {
        this.#commands -= commands;
        resolve();
      });
      this.#timer ??= setTimeout(() => this.#next(), this.#delay(now));
    });
  }

  /** Charges work that has been done. @param milliseconds of a core, as it is commonly */
  work(now: number, milliseconds: number): void {
    this.#refill(now);
    this.#work -= milliseconds;
    if (milliseconds >= TIRING) this.#restsUntil = now + milliseconds;
  }

  /** Lets all go on who wait. */
  close(): void {
    clearTimeout(this.#timer);
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const resume of waiting) resume();
  }

  #delay(now: number): number {
    this.#refill(now);
    const forCommands = ((1 - this.#commands) / this.limits.rate) * 1_000;
    const forWork = (-this.#work / WORK_RATE) * 1_000;
    return Math.max(forCommands, forWork, this.#restsUntil - now);
  }

  #refill(now: number): void {
    const seconds = (now - this.#refilledAt) / 1_000;
    if (seconds <= 0) return;
    this.#refilledAt = now;
    this.#commands = Math.min(this.limits.burst, this.#commands + seconds * this.limits.rate);
    this.#work = Math.min(WORK_BURST, this.#work + seconds * WORK_RATE);
  }

  /** One at a time: what it costs is known when it is done. */
  #next(): void {
    if (this.#delay(performance.now()) <= 0) this.#waiting?.shift()?.();
    if (this.#waiting?.length === 0) this.#waiting = undefined;
    if (this.#waiting === undefined) this.#timer = undefined;
    // Behind the turn that has just been given.
    else setImmediate(() => (this.#timer = setTimeout(() => this.#next(), this.#delay(performance.now()))));
  }
}
