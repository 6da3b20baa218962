import type { ServerHttp2Stream } from 'node:http2';
import type { ServerInterceptingCallInterface } from '@grpc/grpc-js';

/** What grpc-js keeps to itself of a call. */
export interface WireCall {
  readonly stream: ServerHttp2Stream;
  /** How the client says that it compresses its messages. */
  readonly incomingEncoding: string;
}

/** @param call as an interceptor is given it @throws when grpc-js has changed */
export function wireCallOf(call: ServerInterceptingCallInterface): WireCall {
  const { stream, incomingEncoding } = call as unknown as Partial<WireCall>;
  if (typeof stream?.respond === 'function' && typeof incomingEncoding === 'string') {
    return { stream, incomingEncoding };
  }
  throw new Error('grpc-js hides its HTTP/2 stream');
}
