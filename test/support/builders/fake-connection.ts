import type { Connection } from '../../../src/sessions/index.js';

/** A client's connection in memory. While the client is not reading, what is written piles up in the backlog. */
export class FakeConnection implements Connection {
  readonly writes: Buffer[] = [];
  readonly closed: { code: number; reason: string }[] = [];
  readingPaused = false;
  backlog = 0;
  #reads = true;
  #afterWrites: (() => void)[] = [];

  /** Everything ever written, in order. */
  get text(): string {
    return Buffer.concat(this.writes).toString();
  }

  /** The client stops reading: nothing leaves the process any more. */
  stall(): this {
    this.#reads = false;
    return this;
  }

  /** The client reads all there is, and goes on stalling if it stalled. */
  drain(): void {
    this.backlog = 0;
    for (const callback of this.#afterWrites.splice(0)) callback();
  }

  /** The client reads all there is and keeps up from now on. */
  read(): void {
    this.#reads = true;
    this.drain();
  }

  write(bytes: Buffer): number {
    this.writes.push(bytes);
    if (!this.#reads) this.backlog += bytes.length;
    return this.backlog;
  }

  afterWrites(callback: () => void): void {
    this.#afterWrites.push(callback);
  }

  close(code: number, reason: string): void {
    this.closed.push({ code, reason });
  }

  pauseReading(): void {
    this.readingPaused = true;
  }

  resumeReading(): void {
    this.readingPaused = false;
  }
}
