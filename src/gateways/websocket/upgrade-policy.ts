import type { IncomingMessage } from 'node:http';
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

/**
 * The client's address and program. A proxy's word on the address counts only when the proxy is trusted, and of the list
 * only its last entry, which the proxy wrote itself: the ones before it may be the client's invention.
 */
export function clientInfo({ headers, socket }: IncomingMessage, trustProxy: boolean): ClientInfo {
  const forwarded = trustProxy ? headers['x-forwarded-for']?.toString().split(',').at(-1)?.trim() : undefined;
  return { ip: forwarded || (socket.remoteAddress ?? ''), userAgent: headers['user-agent'] ?? '' };
}
