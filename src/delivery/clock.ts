/** Where the core gets its time from. Milliseconds, monotonic, fractions allowed. */
export interface Clock {
  now(): number;
}
