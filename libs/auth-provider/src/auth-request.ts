import type { Secret } from './secret.js';

/** One `authorize` command. Every string comes from the client's side and is hostile until you have checked it. */
export interface AuthRequest {
  /** The connection that asks; the same user may have many. */
  readonly sessionId: string;
  readonly token: Secret;
  readonly userAgent: string;
  readonly ip: string;
  /** The origin that chose this provider. */
  readonly origin: string;
  /** The role the client claims, already allowed for this origin; empty when it claims none. */
  readonly role: string;
  /** Fires when Hermes has stopped waiting: give up, the answer is no longer read. */
  readonly signal: AbortSignal;
}
