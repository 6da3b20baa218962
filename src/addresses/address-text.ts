import { isIPv4, isIPv6, SocketAddress } from 'node:net';

/** `192.0.2.1:51008`, `[2001:db8::1]`, `[2001:db8::1]:4711`: how proxies write an address with a port. */
const WITH_PORT = /^(?:(\d+\.\d+\.\d+\.\d+)(?::\d+)?|\[([^\]]+)\](?::\d+)?)$/;
/** IPv4 clients of a server that listens on `::`. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * Reads an IP address as sockets and proxies write it: with a port, in brackets, with a zone, IPv4 inside IPv6.
 *
 * @returns the one canonical spelling, without port and zone; undefined when the text is no address
 */
export function readAddress(text: string): string | undefined {
  // As the sockets of nearly all clients have it.
  if (isIPv4(text)) return text;
  const trimmed = text.trim();
  const bracketed = WITH_PORT.exec(trimmed);
  const address = (bracketed?.[1] ?? bracketed?.[2] ?? trimmed).replace(/%.*$/, '');
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return undefined;
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address;
  return MAPPED.exec(canonical)?.[1] ?? canonical;
}

/**
 * What is counted as one client: an IPv4 address, or the first 64 bits of an IPv6 address, since one household or one
 * machine has that many to choose from.
 *
 * @param address canonical, as {@link readAddress} returns it
 */
export function addressGroup(address: string): string {
  if (!address.includes(':')) return address;
  const [left = '', right] = address.split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const zeros = right === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array<string>(Math.max(0, zeros)).fill('0'), ...tail];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** Whether only this machine can have it. @param address canonical, as {@link readAddress} returns it */
export function isLoopback(address: string): boolean {
  return address === '::1' || (address.startsWith('127.') && isIPv4(address));
}
