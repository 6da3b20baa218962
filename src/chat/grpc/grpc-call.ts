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
