import type { EventEncoder } from '../delivery/index.js';

/** What a session says in the dialect of its gateway without being asked. Frames are complete, ready for the wire. */
export interface SessionProtocol {
  /** Name of the gateway, used as a metric label. */
  readonly name: string;
  readonly encoder: EventEncoder;
  /** Sent at each heartbeat; a dialect without one has no heartbeat. */
  readonly ping: Buffer | undefined;
  /** Set where the transport itself answers pings: then no session ends for want of a pong. */
  readonly pongOptional?: boolean;
  /** Sent when an identity has run out; `close` where a session is nothing without one. */
  readonly identityExpired: Buffer | 'close' | undefined;
  /** Set where no event may be dropped: a client that is too slow is then closed, whatever the operator chose. */
  readonly lossless?: boolean;
}
