import type { Wire } from '../delivery/index.js';

/** One client's connection as a session needs it, whatever the transport. */
export interface Connection extends Wire {
  /** Ends it politely; what was written before still goes out. */
  close(code: number, reason: string): void;
  /** Stops and goes on reading what the client sends. */
  pauseReading(): void;
  resumeReading(): void;
  /** The message that the client has begun and not finished, the same object as long as it is the same message. */
  readonly unfinished?: object | undefined;
  /** Whether it is Hermes that does not read just now. */
  readonly readingPaused: boolean;
}

/** What is known of the client before it says anything. */
export interface ClientInfo {
  readonly ip: string;
  readonly userAgent: string;
}
