/** Commands that may wait behind a slow one before the client is not read from any more. */
const WAITING = 32;

/** The reading half of a connection. */
export interface Reading {
  pauseReading(): void;
  resumeReading(): void;
}

/**
 * Runs the commands of one session one at a time, in the order in which they came: a `subscribe` sent right behind a
 * slow `authorize` waits for it. A command that finishes at once costs no promise.
 */
export class CommandLane<T> {
  readonly #waiting: T[] = [];
  #busy = false;
  #closed = false;
  #paused = false;
  #ended: (() => void) | undefined;

  constructor(
    private readonly reading: Reading,
    private readonly run: (command: T) => Promise<void> | undefined,
  ) {}

  push(command: T): void {
    if (this.#closed) return;
    if (!this.#busy) return this.#start(command);
    this.#waiting.push(command);
    if (this.#waiting.length >= WAITING) this.#pause();
  }

  /** The client is not read from until what waits has been carried out. */
  pause(): void {
    if (this.#busy && !this.#closed) this.#pause();
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Holds every command back until this is done. */
  begin(work: Promise<void>): void {
    this.#busy = true;
    work.then(this.#next, this.#next);
  }

  /** Nothing more will come. @param done called, at once if it can be, when all that has come is carried out */
  end(done: () => void): void {
    this.#ended = done;
    if (!this.#busy) done();
  }

  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
  }

  #start(command: T): void {
    const running = this.run(command);
    if (running === undefined) return;
    this.#busy = true;
    // `run` answers for its own failures; whatever still comes out must not end the lane.
    running.then(this.#next, this.#next);
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.reading.pauseReading();
  }

  #resume(): void {
    this.#paused = false;
    this.reading.resumeReading();
  }

  readonly #next = (): void => {
    this.#busy = false;
    while (!this.#busy && this.#waiting.length > 0) {
      const command = this.#waiting.shift();
      if (command !== undefined) this.#start(command);
    }
    if (this.#paused && this.#waiting.length < WAITING) this.#resume();
    if (!this.#busy) this.#ended?.();
  };
}
