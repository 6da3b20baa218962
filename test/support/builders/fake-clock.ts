import type { Clock } from '../../../src/delivery/index.js';

/** Time that passes only when a test says so. */
export class FakeClock implements Clock {
  constructor(private time = 0) {}

  now(): number {
    return this.time;
  }

  advance(milliseconds: number): void {
    this.time += milliseconds;
  }
}
