import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { readAddress } from './address-text.js';

/** Short names for networks that are written often. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fe80::/10'],
};

/** The proxies whose word on the address of a client counts. */
export class TrustedProxies {
  static readonly none = new TrustedProxies([]);
  readonly #networks = new BlockList();
  /** Most have none, and to ask the list costs more than all else that is done with the address of a client. */
  readonly #isEmpty: boolean;

  /**
   * @param entries `10.0.0.0/8`, `2001:db8::/32`, a single address, `loopback` or `private`
   * @throws Error with a sentence that names the entry
   */
  constructor(entries: readonly string[]) {
    this.#isEmpty = entries.length === 0;
    for (const entry of entries.flatMap((name) => NAMED[name] ?? [name])) this.#add(entry);
  }

  /** @param address canonical, as `readAddress` returns it */
  has(address: string): boolean {
    if (this.#isEmpty) return false;
    if (isIPv4(address)) return this.#networks.check(address, 'ipv4');
    return isIPv6(address) && this.#networks.check(address, 'ipv6');
  }

  #add(entry: string): void {
    const [text = '', length, ...rest] = entry.split('/');
    const address = text.includes('[') || rest.length > 0 ? undefined : readAddress(text);
    const family = address !== undefined && isIPv4(address) ? 'ipv4' : 'ipv6';
    const most = family === 'ipv4' ? 32 : 128;
    const bits = length === undefined ? most : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
    if (address === undefined || !(bits <= most)) {
      throw new Error(
        `must be networks such as 10.0.0.0/8, addresses, "loopback" or "private"; ${JSON.stringify(entry)} is not one`,
      );
    }
    this.#networks.addSubnet(address, bits, family);
  }
}
