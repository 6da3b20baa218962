import { readAddress } from './address-text.js';
import type { TrustedProxies } from './trusted-proxies.js';

/** What is read of a request: Node's `IncomingMessage` and HTTP/2 requests have it. */
export interface AddressedRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/**
 * The address of the client behind a request, in its canonical spelling; empty when the connection is gone already.
 *
 * `X-Forwarded-For` counts only from a trusted proxy, and is read from its end: each trusted proxy vouches for the entry
 * before its own. What stands before the first address that is not trusted may be the client's invention. An entry that
 * is no address ends the reading: the last address that was vouched for stands.
 */
export function clientAddress({ headers, socket }: AddressedRequest, trusted: TrustedProxies): string {
  let address = readAddress(socket.remoteAddress ?? '') ?? '';
  const forwarded = headers['x-forwarded-for']?.toString().split(',') ?? [];
  while (trusted.has(address)) {
    const before = readAddress(forwarded.pop() ?? '');
    if (before === undefined) break;
    address = before;
  }
  return address;
}
