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

const callers = new WeakMap<GrpcCall, Caller>();

export function identifyCall(call: GrpcCall, caller: Caller): void {
  callers.set(call, caller);
}

/** @throws when the call has not come by the guard, which is a mistake in the wiring */
export function callerOf(call: GrpcCall): Caller {
  const caller = callers.get(call);
  if (caller === undefined) throw new Error('a call that nobody has authorized');
  return caller;
}
