import type { IncomingMessage } from 'node:http';
import { TrustedProxies } from '../../addresses/index.js';
import { readOriginList } from './origin.js';
import { clientInfo, judgeOrigin, type Surroundings } from './upgrade-policy.js';

const PORT = 8080;
const proxies = new TrustedProxies(['192.0.2.1']);
const inTheOpen: Surroundings = { allowed: undefined, trusted: TrustedProxies.none, onLoopback: false };
const onLoopback: Surroundings = { ...inTheOpen, onLoopback: true };

/** An upgrade request as far as the policy looks at it. */
function anUpgrade(headers: Record<string, string | undefined>, remoteAddress: string | undefined = '192.0.2.1') {
  return { headers, socket: { remoteAddress, localPort: PORT } } as unknown as IncomingMessage;
}

function verdictOn(headers: Record<string, string | undefined>, surroundings: Surroundings): string {
  return judgeOrigin(anUpgrade(headers), surroundings);
}

describe('judgeOrigin', () => {
  describe('without a list', () => {
    it('lets clients in that are no browser and send no origin', () => {
      expect(verdictOn({ host: 'hermes.example' }, inTheOpen)).toBe('allowed');
    });

    it.each([
      ['https://hermes.example', 'hermes.example'],
      ['http://hermes.example', 'hermes.example'],
      ['https://hermes.example', 'hermes.example:443'],
      ['http://hermes.example', 'hermes.example:80'],
      ['https://hermes.example', 'HERMES.example'],
      ['https://hermes.example', 'hermes.example.'],
      ['https://hermes.example:8443', 'hermes.example:8443'],
      ['http://localhost:8080', 'localhost:8080'],
      ['http://[::1]:8080', '[0:0:0:0:0:0:0:1]:8080'],
    ])('lets a page of %s in at %s, its own host', (origin, host) => {
      expect(verdictOn({ origin, host }, inTheOpen)).toBe('allowed');
    });

    it.each([
      ['https://evil.example', 'hermes.example'],
      ['https://hermes.example.evil.example', 'hermes.example'],
      ['https://evil.example/hermes.example', 'hermes.example'],
      ['https://hermes.example@evil.example', 'hermes.example'],
      ['http://hermes.example', 'hermes.example:443'],
      ['http://localhost:3000', 'localhost:8080'],
      ['null', 'hermes.example'],
      ['', 'hermes.example'],
      ['hermes.example', 'hermes.example'],
      ['file://', 'hermes.example'],
      ['capacitor://hermes.example', 'hermes.example'],
      ['https://hermes.example', undefined],
      ['http://a', 'b@a'],
      ['http://a', 'a/b'],
      ['file://', undefined],
    ])('keeps a page of %s out at %s', (origin, host) => {
      expect(verdictOn({ origin, host }, inTheOpen)).toBe('foreign');
    });
  });

  describe('behind a proxy', () => {
    const behind: Surroundings = { ...inTheOpen, trusted: proxies };
    const page = { origin: 'https://app.example', host: '10.0.0.7:8080' };

    it('takes the host from it when it is trusted', () => {
      const forwarded = { ...page, 'x-forwarded-host': 'app.example, inner' };

      expect(verdictOn(forwarded, behind)).toBe('allowed');
      expect(verdictOn(forwarded, inTheOpen)).toBe('foreign');
    });

    it('takes the Host where it names no other', () => {
      expect(verdictOn({ ...page, host: 'app.example' }, behind)).toBe('allowed');
    });

    it('lets no page in without TLS where the proxy has it', () => {
      const open = { origin: 'http://app.example', host: 'app.example' };

      expect(verdictOn({ ...open, 'x-forwarded-proto': 'https' }, behind)).toBe('foreign');
      expect(verdictOn({ ...open, 'x-forwarded-proto': 'http' }, behind)).toBe('allowed');
    });
  });

  describe('on loopback, without a list', () => {
    it.each(['http://localhost:5173', 'http://127.0.0.1:3000', 'https://[::1]:4200', 'http://shop.localhost'])(
      'lets a page of %s in',
      (origin) => {
        expect(verdictOn({ origin, host: 'localhost:8080' }, onLoopback)).toBe('allowed');
      },
    );

    it('keeps a page out whose own name leads to this machine', () => {
      expect(verdictOn({ origin: 'http://rebind.evil:8080', host: 'rebind.evil:8080' }, onLoopback)).toBe('rebound');
      expect(verdictOn({ origin: 'http://localhost.evil:8080', host: 'localhost.evil:8080' }, onLoopback)).toBe(
        'rebound',
      );
    });

    it('keeps pages of this machine out under another name', () => {
      expect(verdictOn({ origin: 'http://localhost:5173', host: 'rebind.evil:8080' }, onLoopback)).toBe('foreign');
      expect(verdictOn({ origin: 'http://evil.example', host: 'localhost:8080' }, onLoopback)).toBe('foreign');
    });

    it('lets pages of the own host in that come through a proxy on this machine', () => {
      expect(verdictOn({ origin: 'https://app.example', host: 'app.example' }, onLoopback)).toBe('allowed');
      expect(verdictOn({ origin: 'https://app.example', host: 'APP.example:443' }, onLoopback)).toBe('allowed');
    });
  });

  describe('with a list', () => {
    const listed: Surroundings = {
      ...onLoopback,
      allowed: readOriginList(['https://app.example', 'http://localhost:3000']),
    };

    it.each(['https://app.example', 'http://localhost:3000', 'https://APP.example:443'])('lets %s in', (origin) => {
      expect(verdictOn({ origin, host: 'h' }, listed)).toBe('allowed');
    });

    it('lets clients in that send no origin', () => {
      expect(verdictOn({ host: 'h' }, listed)).toBe('allowed');
    });

    it.each([
      'https://evil.example',
      'http://app.example',
      'https://app.example:8443',
      'https://app.example.evil',
      'null',
    ])('keeps %s out', (origin) => {
      expect(verdictOn({ origin, host: 'h' }, listed)).toBe('unlisted');
    });

    it('keeps pages of its own host and of this machine out unless they are on it', () => {
      expect(verdictOn({ origin: 'https://h', host: 'h' }, listed)).toBe('unlisted');
      expect(verdictOn({ origin: 'http://localhost:8080', host: 'localhost:8080' }, listed)).toBe('unlisted');
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
    expect(clientInfo(upgrade, proxies).ip).toBe('198.51.100.7');
  });
});
