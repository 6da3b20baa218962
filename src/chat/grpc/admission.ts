import type { ServerHttp2Stream } from 'node:http2';
import type { Metadata } from '@grpc/grpc-js';
import type { ClientInfo } from '../../sessions/index.js';
import type { GrpcCall } from './grpc-call.js';

/** Whose call it is. */
export interface Caller {
  readonly userId: string;
  readonly role: string | undefined;
  /** Seconds from when the token was looked at until it runs out; undefined for never. */
  readonly ttl: number | undefined;
  /** When it runs out, milliseconds since 1970; 0 for never. */
  readonly expiresAt: number;
}

/** A call that was let in. */
export interface Admission {
  readonly caller: Caller;
  readonly client: ClientInfo;
  /**
   * The HTTP/2 stream below the call. grpc-js takes one message at a time and waits for the turn of the event loop in which
   * it has left; written here, everything that waits for a client leaves in one go.
   */
  readonly stream: ServerHttp2Stream;
}

/** By what grpc-js hands from the door to the call. */
const admissions = new WeakMap<Metadata, Admission>();

export function admit(metadata: Metadata, admission: Admission): void {
  admissions.set(metadata, admission);
}

/** @throws when the call has not come by the door, which is a mistake in the wiring */
export function admissionOf({ metadata }: GrpcCall): Admission {
  const admission = admissions.get(metadata);
  if (admission === undefined) throw new Error('a call that nobody has authorized');
  return admission;
}
