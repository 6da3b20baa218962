import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { FlattenedJWSInput } from 'jose';
import { Jwks, JWKS_TIMES, type JwksTimes, type KeysEvent } from './jwks.js';

type Behaviour = (response: ServerResponse) => void;

const jwk = (kid: string) => ({
  ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }),
  kid,
  alg: 'EdDSA',
  use: 'sig',
});
const ONE = jwk('one');
const TWO = jwk('two');
const serve =
  (...keys: object[]): Behaviour =>
  (response) =>
    void response.end(JSON.stringify({ keys }));
const fail =
  (status: number, headers = {}): Behaviour =>
  (response) =>
    void response.writeHead(status, headers).end();

describe('the keys of an issuer', () => {
  let server: Server;
  let behave: Behaviour;
  let fetched: number;
  let now: number;
  let events: KeysEvent[];
  let keys: Jwks;

  beforeEach(async () => {
    fetched = now = 0;
    behave = serve(ONE);
    events = [];
    server = createServer((_, response) => {
      fetched++;
      behave(response);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    keys = theKeys();
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  function theKeys(times: Partial<JwksTimes> = {}): Jwks {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    return new Jwks(
      url,
      (event) => events.push(event),
      { ...JWKS_TIMES, ...times },
      () => now,
    );
  }

  /** `found`, `none` (there is no such key) or `unknown` (nobody can say). */
  async function look(kid: string): Promise<string> {
    try {
      await keys.find({ alg: 'EdDSA', kid }, {} as FlattenedJWSInput);
      return 'found';
    } catch (error) {
      return (error as { code?: string }).code === 'ERR_JWKS_NO_MATCHING_KEY' ? 'none' : 'unknown';
    }
  }

  async function lookMany(kid: string, times: number): Promise<string[]> {
    const seen = new Set<string>();
    for (let time = 0; time < times; time++) seen.add(await look(kid));
    return [...seen];
  }

  it.each<[string, Behaviour, number]>([
    ['says 429 and when to come back', fail(429, { 'retry-after': '60' }), 60_000],
    ['says 503 until a date', fail(503, { 'retry-after': new Date(Date.now() + 90_000).toUTCString() }), 80_000],
    ['says 500', fail(500), 1_000],
    ['has no keys', serve(), 1_000],
    ['asks for more patience than there is', fail(429, { 'retry-after': '86400' }), 300_000],
  ])('are asked for once, and not again before it is time, when whoever has them %s', async (_, trouble, wait) => {
    behave = trouble;
    expect(await lookMany('one', 100)).toEqual(['unknown']);
    now = wait - 1;
    if (wait !== 80_000) await look('one');
    expect(fetched).toBe(1);
    behave = serve(ONE);
    now = wait + 15_000;
    expect(await look('one')).toBe('found');
    expect(events.map(({ kind }) => kind)).toEqual(['failed', 'fetched']);
  });

  it('are asked for less and less often while that fails', async () => {
    behave = fail(500);
    const gaps: number[] = [];
    for (let time = 0, last = 0; time < 200_000; time += 500) {
      now = time;
      const before = fetched;
      await look('one');
      if (fetched > before) gaps.push(time - last);
      if (fetched > before) last = time;
    }
    expect(gaps).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('are asked for once by all who wait', async () => {
    expect(await Promise.all(Array.from({ length: 50 }, () => look('one')))).toEqual(Array(50).fill('found'));
    expect(fetched).toBe(1);
  });

  it.each<[string, Behaviour]>([
    ['fails', fail(500)],
    ['hangs', () => undefined],
    ['talks nonsense', (response) => void response.end('<html>')],
    ['has lost them', serve()],
  ])('go on for an hour while whoever has them %s, and no longer', async (_, trouble) => {
    keys = theKeys({ patience: 20, timeout: 200 });
    expect(await look('one')).toBe('found');
    behave = trouble;
    now = 11 * 60_000;
    expect(await lookMany('one', 20)).toEqual(['found']);
    now = 69 * 60_000;
    expect(await look('one')).toBe('found');
    expect(events.some(({ kind }) => kind === 'stale')).toBe(true);
    now = 75 * 60_000;
    expect(await look('one')).toBe('unknown');
    behave = serve(ONE);
    now = 80 * 60_000;
    expect(await look('one')).toBe('found');
  });

  it('are renewed after ten minutes, so that one that was taken back ends', async () => {
    expect(await look('one')).toBe('found');
    behave = serve(TWO);
    now = 11 * 60_000;
    expect(await look('one')).toBe('none');
    expect(await look('two')).toBe('found');
  });

  it('are looked for again at once when a token names a new one, whoever has asked for others before', async () => {
    expect(await look('one')).toBe('found');
    expect(await look('forged')).toBe('none');
    behave = serve(ONE, TWO);
    expect(await look('two')).toBe('found');
    expect(fetched).toBe(3);
  });

  it('are not looked for more often than now and then, and no token is refused for that', async () => {
    await look('one');
    const answers: string[] = [];
    for (let forged = 0; forged < 100; forged++) answers.push(await look(`forged ${forged}`));
    expect(answers.filter((answer) => answer === 'none')).toHaveLength(5);
    expect(answers.filter((answer) => answer === 'unknown')).toHaveLength(95);
    expect(fetched).toBe(6);
    expect(await look('one')).toBe('found');
    behave = serve(ONE, TWO);
    expect(await look('two')).toBe('unknown');
    now = 10_000;
    expect(await look('two')).toBe('found');
  });
});
