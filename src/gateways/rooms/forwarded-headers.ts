import type { UpgradeRequest } from '../websocket/index.js';
import type { ConnectionHeader } from './connection-header.js';

/** What the back end gets to see of a client. It holds the client's credentials and is never logged. */
export type ForwardedHeaders = Readonly<Record<string, string>>;

const COPIED = ['cookie', 'user-agent'];
/** What may stand in a header at all; anything else would fail on our side and look like a fault of the back end. */
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** Who the client is: the address that Hermes goes by, and whether the word of whoever connected on it counts. */
export interface ClientAddress {
  readonly address: string;
  readonly byProxy: boolean;
}

/** @returns undefined when the client gave a value that no header can carry */
export function forwardedHeaders(
  { url, headers }: UpgradeRequest,
  mappings: readonly ConnectionHeader[],
  { address, byProxy }: ClientAddress,
): ForwardedHeaders | undefined {
  const forwarded: Record<string, string> = {};
  const put = (name: string, value: string | null | undefined): void => {
    if (typeof value === 'string') forwarded[name] = value;
  };
  for (const name of COPIED) put(name, headers[name]?.toString());
  // A client that comes directly may write there what it likes.
  const realIp = headers['x-real-ip']?.toString();
  put('x-real-ip', realIp === undefined || byProxy ? realIp : address);
  put('x-csrftoken', cookieOf(headers.cookie ?? '', 'csrftoken'));
  const query = new URLSearchParams(url.split('?').slice(1).join('?'));
  const token = query.get('token') ?? '';
  // An empty one is none, so that a cookie can decide.
  if (token.trim() !== '') put('authorization', `Token ${token}`);
  for (const { header, parameter } of mappings) put(header.toLowerCase(), query.get(parameter));
  return Object.values(forwarded).every((value) => HEADER_VALUE.test(value)) ? forwarded : undefined;
}

function cookieOf(cookies: string, name: string): string | undefined {
  for (const cookie of cookies.split(';')) {
    const [key = '', ...value] = cookie.split('=');
    if (key.trim() === name) return value.join('=').trim().replaceAll(/^"|"$/g, '');
  }
  return undefined;
}
