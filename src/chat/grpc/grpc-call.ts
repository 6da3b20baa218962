import type { ServerHttp2Stream } from 'node:http2';
import type { ServerDuplexStream, ServerUnaryCall } from '@grpc/grpc-js';
import type { ClientEvent, ServerEvent } from '@hermes/protocol';

export type EventCall = ServerDuplexStream<ClientEvent, ServerEvent>;
export type UnaryCall = ServerUnaryCall<object, object>;
export type GrpcCall = EventCall | UnaryCall;

/** The arguments with which Nest invokes a method, its guards and its filters: of a unary call three, of a stream one. */
export function callOf(args: readonly unknown[]): GrpcCall {
  return (args.length > 1 ? args[2] : args[0]) as GrpcCall;
}

export function isStream(call: GrpcCall): call is EventCall {
  return 'read' in call;
}

/** Nobody waits for the answer any more: the client has cancelled or left, or the deadline has passed. */
export function isOver(call: GrpcCall): boolean {
  return call.cancelled || Number(call.getDeadline()) <= Date.now();
}

/** The client's address, without its port. */
export function addressOf(call: GrpcCall): string {
  const peer = call.getPeer();
  return /:\d+$/.test(peer) ? peer.slice(0, peer.lastIndexOf(':')) : peer;
}

export function userAgentOf({ metadata }: GrpcCall): string {
  return String(metadata.get('user-agent')[0] ?? '');
}

/**
 * The HTTP/2 stream below a call. grpc-js takes one message at a time and waits for the turn of the event loop in which
 * it has left; written here, everything that waits for a client leaves in one go.
 *
 * @throws when grpc-js, which keeps it private, has changed
 */
export function http2StreamOf(call: EventCall): ServerHttp2Stream {
  const { stream } = (call as unknown as { call?: { stream?: ServerHttp2Stream } }).call ?? {};
  if (stream === undefined || typeof stream.respond !== 'function') throw new Error('grpc-js hides its HTTP/2 stream');
  return stream;
}
