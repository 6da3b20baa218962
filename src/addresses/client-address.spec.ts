import { clientAddress } from './client-address.js';
import { TrustedProxies } from './trusted-proxies.js';

const proxies = new TrustedProxies(['192.0.2.0/24', '2001:db8:ffff::/48']);

function from(remoteAddress: string | undefined, forwarded?: string): string {
  return clientAddress({ headers: { 'x-forwarded-for': forwarded }, socket: { remoteAddress } }, proxies);
}

describe('clientAddress', () => {
  it('is the address of the connection when nobody is in front', () => {
    expect(from('203.0.113.7')).toBe('203.0.113.7');
    expect(from('::ffff:203.0.113.7')).toBe('203.0.113.7');
  });

  it('is not what a client says of itself', () => {
    expect(from('203.0.113.7', '198.51.100.1')).toBe('203.0.113.7');
  });

  it('is what a trusted proxy wrote, with or without a port', () => {
    expect(from('192.0.2.1', '203.0.113.7')).toBe('203.0.113.7');
    expect(from('192.0.2.1', '203.0.113.7:51008')).toBe('203.0.113.7');
    expect(from('2001:db8:ffff::1', '[2001:db8::1]:4711')).toBe('2001:db8::1');
  });

  it('is read from the end, past each trusted proxy, and not past the first other', () => {
    expect(from('192.0.2.1', '198.51.100.1, 203.0.113.7')).toBe('203.0.113.7');
    expect(from('192.0.2.1', '198.51.100.1, 203.0.113.7, 192.0.2.9')).toBe('203.0.113.7');
  });

  it('is the last that was vouched for where an entry is no address', () => {
    expect(from('192.0.2.1', 'unknown')).toBe('192.0.2.1');
    expect(from('192.0.2.1', '203.0.113.7, unknown, 192.0.2.9')).toBe('192.0.2.9');
    expect(from('192.0.2.1', ' ')).toBe('192.0.2.1');
    expect(from('192.0.2.1')).toBe('192.0.2.1');
  });

  it('is empty for a connection that has gone', () => {
    expect(from(undefined, '203.0.113.7')).toBe('');
  });
});

describe('TrustedProxies', () => {
  it('knows networks, single addresses and short names', () => {
    const named = new TrustedProxies(['loopback', 'private', '198.51.100.7']);
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', '10.1.2.3', '172.31.0.1', '192.168.1.1', 'fd00::1']) {
      expect(named.has(address)).toBe(true);
    }
    expect(named.has('198.51.100.7')).toBe(true);
    for (const address of ['198.51.100.8', '172.32.0.1', '2001:db8::1', '']) expect(named.has(address)).toBe(false);
  });

  it.each(['10.0.0.0/33', '2001:db8::/129', '10.0.0.0/', '10.0.0.0/8/8', 'proxy.local', '[::1]', 'true'])(
    'names an entry that is no network: %s',
    (entry) => {
      expect(() => new TrustedProxies(['10.0.0.0/8', entry])).toThrow(JSON.stringify(entry));
    },
  );
});
