import type { Audience } from './audience.js';

/**
 * How long an event is kept for sessions that come later: `undefined` not at all, a number of seconds, or `forever`.
 */
export type Retention = number | 'forever' | undefined;

/** One event on its way from a source to the sessions that may see it. */
export interface HermesEvent {
  readonly channel: string;
  readonly name: string;
  readonly audience: Audience;
  readonly retention: Retention;
  /** Replaces the earlier retained event with the same channel, name, audience and key. */
  readonly cacheKey: string | undefined;
  /** By which nodes know it again: a second event with this id is a repetition, and is dropped. */
  readonly once?: string;
  /** JSON text in UTF-8, exactly as the producer wrote it. */
  readonly payload: Buffer;
  /** When the source had it in hand, in milliseconds of a monotonic clock. */
  readonly receivedAt: number;
}
