/**
 * Finds out that the other side is gone when the network does not say so. After one quiet period it asks for a sign of
 * life; after another it gives up. Asking makes it independent of how often a server pings.
 */
export class SilenceWatch {
  #timer: ReturnType<typeof setInterval> | undefined;
  #quietPeriods = 0;

  /** @param period milliseconds */
  constructor(
    private readonly period: number,
    private readonly ask: () => void,
    private readonly giveUp: () => void,
  ) {}

  start(): void {
    this.heard();
    this.#timer ??= setInterval(() => this.#look(), this.period);
  }

  heard(): void {
    this.#quietPeriods = -1;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The period in which something was heard counts as none. */
  #look(): void {
    this.#quietPeriods++;
    if (this.#quietPeriods === 1) this.ask();
    if (this.#quietPeriods === 2) this.giveUp();
  }
}
