import type { IncomingMessage } from 'node:http';
import { clientAddress, isLoopback, readAddress, type TrustedProxies } from '../../addresses/index.js';
import type { ClientInfo } from '../../sessions/index.js';
import { readOrigin, type OriginList } from './origin.js';

/** What is allowed and where Hermes stands. */
export interface Surroundings {
  /** What the operator allows; undefined where they said nothing. */
  readonly allowed: OriginList | undefined;
  readonly trusted: TrustedProxies;
  /** Whether Hermes can be reached from this machine alone. */
  readonly onLoopback: boolean;
}

/** What a page may be told about why it was kept out. */
export type OriginVerdict = 'allowed' | 'unlisted' | 'foreign' | 'rebound';

/**
 * Whether a browser page may connect. With a list: when its origin is on it. Without: when it comes from the very host
 * that it connects to, or when both are this machine. A client that is no browser sends no Origin.
 */
export function judgeOrigin(request: IncomingMessage, { allowed, trusted, onLoopback }: Surroundings): OriginVerdict {
  const text = request.headers.origin;
  if (text === undefined) return 'allowed';
  const origin = readOrigin(text);
  // Everybody may come where the list is a star, even with an origin that is none.
  if (allowed !== undefined) return allowed.has(origin ?? '') ? 'allowed' : 'unlisted';
  if (origin === undefined) return 'foreign';
  const scheme = /^https?:/.exec(origin)?.[0];
  if (scheme === undefined) return 'foreign';
  const forwarded = forwardedBy(request, trusted);
  const own = readOrigin(`${scheme}//${forwarded.host ?? request.headers.host ?? ''}`);
  if (own === undefined) return 'foreign';
  if (onLoopback && isThisMachine(origin) && isThisMachine(own)) return 'allowed';
  if (own !== origin || (forwarded.secure && scheme !== 'https:')) return 'foreign';
  return onLoopback && cameDirectly(request, own) ? 'rebound' : 'allowed';
}

/** The client's address and program. */
export function clientInfo(request: IncomingMessage, trusted: TrustedProxies): ClientInfo {
  return { ip: clientAddress(request, trusted), userAgent: request.headers['user-agent'] ?? '' };
}

/** What a trusted proxy says of the request as it came to it. */
function forwardedBy(
  { headers, socket }: IncomingMessage,
  trusted: TrustedProxies,
): { readonly host: string | undefined; readonly secure: boolean } {
  if (!trusted.has(readAddress(socket.remoteAddress ?? '') ?? '')) return { host: undefined, secure: false };
  const protocol = first(headers['x-forwarded-proto'])?.toLowerCase();
  return { host: first(headers['x-forwarded-host']), secure: protocol === 'https' || protocol === 'wss' };
}

function first(header: string | string[] | undefined): string | undefined {
  const text = header?.toString().split(',')[0]?.trim();
  return text === '' ? undefined : text;
}

function isThisMachine(origin: string): boolean {
  const { hostname } = new URL(origin);
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return true;
  return isLoopback(readAddress(hostname) ?? '');
}

/**
 * A page whose name its owner made lead to this machine (DNS rebinding) connects to the port on which Hermes listens. Who
 * comes through a proxy names the proxy's port.
 */
function cameDirectly({ socket }: IncomingMessage, own: string): boolean {
  const { protocol, port } = new URL(own);
  return !isThisMachine(own) && protocol === 'http:' && Number(port === '' ? 80 : port) === socket.localPort;
}
