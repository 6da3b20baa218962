import { status, type StatusObject } from '@grpc/grpc-js';
import { printable } from '../printable.js';

/** Words of the library around what the operating system said. */
const NO_CONNECTION = /^No connection established.*?(?:Last error: (?:Error: )?(.+?)(?:\s*\. Resolution note:.*)?)?$/s;

/** What the server did not do, or could not be asked. The message is one sentence for the user. */
export class ChatFailure extends Error {
  /** @param code name of a gRPC status, as in `NOT_FOUND` */
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'ChatFailure';
  }
}

/** What the server said on a stream. */
export function refusalOf({ code, message }: { readonly code: string; readonly message: string }): ChatFailure {
  return new ChatFailure(code, `${printable(code)}: ${printable(message)}`);
}

/** How a call ended that did not end well. @param address of the server, for when nobody is there */
export function failureOf({ code, details }: Pick<StatusObject, 'code' | 'details'>, address: string): ChatFailure {
  const name = status[code] ?? `status ${code}`;
  const unconnected = NO_CONNECTION.exec(details);
  if (unconnected) return new ChatFailure(name, `no connection to ${address}: ${printable(unconnected[1] ?? details)}`);
  return refusalOf({ code: name, message: details || 'the server gave no reason' });
}
