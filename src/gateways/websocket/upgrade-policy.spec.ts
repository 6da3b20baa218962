import type { IncomingMessage } from 'node:http';
import { TrustedProxies } from '../../addresses/index.js';
import { allowsOrigin, clientInfo } from './upgrade-policy.js';

/** An upgrade request as far as the policy looks at it. */
function anUpgrade(headers: IncomingMessage['headers'], remoteAddress: string | undefined = '192.0.2.1') {
  return { headers, socket: { remoteAddress } } as IncomingMessage;
}

describe('allowsOrigin', () => {
  describe('without a list', () => {
    it('lets clients in that are no browser and send no origin', () => {
      expect(allowsOrigin(anUpgrade({ host: 'hermes.example' }), [])).toBe(true);
    });

    it.each([
      ['https://hermes.example', 'hermes.example'],
      ['http://hermes.example', 'hermes.example'],
      ['http://localhost:8080', 'localhost:8080'],
      ['http://[::1]:8080', '[::1]:8080'],
    ])('lets a page of %s in at %s, its own host', (origin, host) => {
      expect(allowsOrigin(anUpgrade({ origin, host }), [])).toBe(true);
    });

    it.each([
      ['https://evil.example', 'hermes.example'],
      ['https://hermes.example.evil.example', 'hermes.example'],
      ['https://evil.example/hermes.example', 'hermes.example'],
      ['https://hermes.example@evil.example', 'hermes.example'],
      ['http://localhost:3000', 'localhost:8080'],
      ['null', 'hermes.example'],
      ['', 'hermes.example'],
      ['hermes.example', 'hermes.example'],
      ['file://', 'hermes.example'],
      ['https://hermes.example', undefined],
      ['file://', undefined],
    ])('keeps a page of %s out at %s', (origin, host) => {
      expect(allowsOrigin(anUpgrade({ origin, ...(host === undefined ? undefined : { host }) }), [])).toBe(false);
    });
  });

  describe('with a list', () => {
    const allowed = ['https://app.example', 'http://localhost:3000'];

    it('lets the pages on it in', () => {
      for (const origin of allowed) expect(allowsOrigin(anUpgrade({ origin, host: 'h' }), allowed)).toBe(true);
    });

    it('lets clients in that send no origin', () => {
      expect(allowsOrigin(anUpgrade({ host: 'h' }), allowed)).toBe(true);
    });

    it.each([
      'https://evil.example',
      'http://app.example',
      'https://app.example:8443',
      'https://app.example.evil',
      'null',
    ])('keeps %s out', (origin) => {
      expect(allowsOrigin(anUpgrade({ origin, host: 'h' }), allowed)).toBe(false);
    });

    it('keeps pages of its own host out unless they are on it', () => {
      expect(allowsOrigin(anUpgrade({ origin: 'https://hermes.example', host: 'hermes.example' }), allowed)).toBe(
        false,
      );
    });

    it('lets everybody in with a star', () => {
      expect(allowsOrigin(anUpgrade({ origin: 'https://evil.example', host: 'h' }), ['*'])).toBe(true);
      expect(allowsOrigin(anUpgrade({ origin: 'null', host: 'h' }), ['*'])).toBe(true);
    });
  });
});

describe('clientInfo', () => {
  it('is the address of the socket and the program the client names', () => {
    expect(clientInfo(anUpgrade({ 'user-agent': 'app/1' }), TrustedProxies.none)).toEqual({
      ip: '192.0.2.1',
      userAgent: 'app/1',
    });
  });

  it('is empty where nothing is known', () => {
    const gone = { headers: {}, socket: {} } as IncomingMessage;

    expect(clientInfo(gone, TrustedProxies.none)).toEqual({ ip: '', userAgent: '' });
  });

  it('takes nobody’s word on the address unless the proxy is trusted', () => {
    const upgrade = anUpgrade({ 'x-forwarded-for': '198.51.100.7' });

    expect(clientInfo(upgrade, TrustedProxies.none).ip).toBe('192.0.2.1');
    expect(clientInfo(upgrade, new TrustedProxies(['192.0.2.1'])).ip).toBe('198.51.100.7');
  });
});
