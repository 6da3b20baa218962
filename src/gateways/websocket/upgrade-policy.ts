import type { IncomingMessage } from 'node:http';
import { clientAddress, type TrustedProxies } from '../../addresses/index.js';
import type { ClientInfo } from '../../sessions/index.js';

/**
 * Whether a browser page of this origin may connect. Without a list: pages from our own host, and clients that are no
 * browser and send no Origin.
 */
export function allowsOrigin({ headers }: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = headers;
  if (origin === undefined || allowed.includes('*')) return true;
  if (allowed.length > 0) return allowed.includes(origin);
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** The client's address and program. */
export function clientInfo(request: IncomingMessage, trusted: TrustedProxies): ClientInfo {
  return { ip: clientAddress(request, trusted), userAgent: request.headers['user-agent'] ?? '' };
}
