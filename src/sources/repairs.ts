import { settled, within } from './deadline.js';

/** A repair that takes longer is given up. */
const TIMEOUT = 15_000;
/** Of losses that follow one another sooner than this only the first is mended at once, the others by the watchdog. */
const LOSS_INTERVAL = 1_000;

/** What a source consumes through a connection, and can bring about again. */
export interface Repairable<Connection> {
  /** The connection there is. */
  readonly connection: () => Connection | undefined;
  /** Brings about what should be there, as far as it is not. */
  readonly repair: (connection: Connection) => Promise<void>;
  /** Told of a repair that threw or took too long, unless its connection has gone meanwhile. Must not throw. */
  readonly failed: (connection: Connection, error: unknown) => void | Promise<void>;
}

/** Keeps up what a source consumes: on request, after losses, and whenever the watchdog looks. */
export class Repairs<Connection> {
  #isRunning = false;
  #watchdog: NodeJS.Timeout | undefined;
  #repair: Promise<void> | undefined;
  #isAskedFor = false;
  #lostAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly subject: Repairable<Connection>) {}

  /** @param watchdog milliseconds between two looks */
  start(watchdog: number): void {
    this.#isRunning = true;
    this.#watchdog = setInterval(() => this.mend(), watchdog);
  }

  /** Begins no further repair. */
  stop(): void {
    this.#isRunning = false;
    clearInterval(this.#watchdog);
  }

  /** Resolves when no repair is under way. */
  async ended(): Promise<void> {
    if (this.#repair) await settled(TIMEOUT, this.#repair);
  }

  /** Brings about what should be there. One repair at a time; a wish that comes meanwhile is granted after it. */
  mend(): void {
    if (!this.#isRunning) return;
    this.#isAskedFor = true;
    this.#repair ??= this.#repairWhileAsked().finally(() => (this.#repair = undefined));
  }

  /** Mends the loss of a consumer, of which `tell` is called first; neither when it was the connection that was lost. */
  lost(tell: () => void): void {
    const connection = this.subject.connection();
    // The consumers of a connection end just before it does; which of the two it was is known a moment later.
    setImmediate(() => {
      if (connection === undefined || !this.#concerns(connection)) return;
      tell();
      const isFirst = performance.now() - this.#lostAt > LOSS_INTERVAL;
      this.#lostAt = performance.now();
      if (isFirst) this.mend();
    });
  }

  async #repairWhileAsked(): Promise<void> {
    while (this.#isAskedFor && this.#isRunning) {
      this.#isAskedFor = false;
      const connection = this.subject.connection();
      if (connection === undefined) return;
      try {
        await within(TIMEOUT, `no answer within ${TIMEOUT} ms`, this.subject.repair(connection));
      } catch (error) {
        if (this.#concerns(connection)) await this.subject.failed(connection, error);
      }
    }
  }

  #concerns(connection: Connection): boolean {
    return this.#isRunning && connection === this.subject.connection();
  }
}
