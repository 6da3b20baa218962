import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret, type AuthOutcome } from '@hermes/auth-provider';
import { describeAuthProvider } from '@hermes/auth-provider/testing';
import { SignJWT, type JWTPayload } from 'jose';
import { JsonFields } from './json-fields.js';
import { JWKS_TIMES, type JwksTimes } from './jwks.js';
import { readJwtAuthConfig } from './jwt-auth.config.js';
import { JwtAuthProvider } from './jwt-auth.provider.js';

const secret = 'a shared secret of thirty-two bytes and more';
const hmacKey = new TextEncoder().encode(secret);
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsaPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string;

function aProvider(settings: object, times: Partial<JwksTimes> = {}): JwtAuthProvider {
  const faults: string[] = [];
  const config = readJwtAuthConfig(new JsonFields(settings, 'web', faults));
  expect(faults).toEqual([]);
  return new JwtAuthProvider(config, () => undefined, { ...JWKS_TIMES, ...times });
}

function ask(provider: JwtAuthProvider, token: string, role = '', signal = AbortSignal.timeout(1_000)) {
  const client = { sessionId: 's1', userAgent: 'browser', ip: '192.0.2.1', origin: 'web' };
  return provider.authenticate({ ...client, token: new Secret(token), role, signal });
}

function aToken(
  claims: JWTPayload = {},
  { key = hmacKey, alg = 'HS256', kid }: { key?: KeyObject | Uint8Array; alg?: string; kid?: string } = {},
): Promise<string> {
  return new SignJWT({ sub: 'u1', ...claims }).setProtectedHeader({ alg, ...(kid !== undefined && { kid }) }).sign(key);
}

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;
const NO: AuthOutcome = { kind: 'rejected', code: 403 };

describe('jwt provider', () => {
  it('believes what the key has signed', async () => {
    const provider = aProvider({ secret });
    expect(await ask(provider, await aToken())).toEqual({ kind: 'authorized', userId: 'u1', role: '', ttl: undefined });
  });

  it('makes the end of the token the end of the session', async () => {
    const outcome = await ask(aProvider({ secret }), await aToken({ exp: inSeconds(60) }));
    expect(outcome).toMatchObject({ kind: 'authorized', ttl: expect.any(Number) });
    expect((outcome as { ttl: number }).ttl).toBeGreaterThan(58);
    expect((outcome as { ttl: number }).ttl).toBeLessThanOrEqual(60);
  });

  it('never takes a token that ran out while it was looked at for one without end', async () => {
    const exp = inSeconds(60);
    const token = await aToken({ exp });
    // The library looks at another clock.
    const clock = jest.spyOn(Date, 'now').mockReturnValue(exp * 1_000 + 1_001);
    const outcome = await ask(aProvider({ secret }), token).finally(() => clock.mockRestore());

    expect(outcome).toMatchObject({ kind: 'authorized', ttl: 0 });
  });

  it('grants the clock tolerance to tokens and to their sessions', async () => {
    const token = await aToken({ exp: inSeconds(-5) });
    expect(await ask(aProvider({ secret }), token)).toEqual(NO);
    const outcome = await ask(aProvider({ secret, clockTolerance: '30s' }), token);
    expect((outcome as { ttl: number }).ttl).toBeGreaterThan(20);
  });

  it.each([
    ['of another issuer', { iss: 'other', aud: 'hermes' }],
    ['for another audience', { iss: 'id', aud: 'other' }],
    ['without an issuer', { aud: 'hermes' }],
    ['without a user id', { iss: 'id', aud: 'hermes', sub: '' }],
    ['that is not valid yet', { iss: 'id', aud: 'hermes', nbf: inSeconds(60) }],
    ['that has ended', { iss: 'id', aud: 'hermes', exp: inSeconds(-1) }],
    ['whose end is no number', { iss: 'id', aud: 'hermes', exp: 'never' as unknown as number }],
  ])('turns away a token %s', async (_, claims) => {
    const provider = aProvider({ secret, issuer: ['id', 'id2'], audience: 'hermes' });
    expect(await ask(provider, await aToken({ iss: 'id', aud: 'hermes' }))).toMatchObject({ kind: 'authorized' });
    expect(await ask(provider, await aToken(claims))).toEqual(NO);
  });

  it.each([
    ['the claimed role is the one in the token', { role: 'user' }, 'user', { role: 'user' }],
    ['the claimed role is among those in the token', { role: ['user', 'admin'] }, 'admin', { role: 'admin' }],
    ['the token alone names one role', { role: 'user' }, '', { role: 'user' }],
    ['the token names several and none is claimed', { role: ['user'] }, '', { role: '' }],
    ['the claimed role is another', { role: 'user' }, 'admin', NO],
    ['the claimed role is a part of the one in the token', { role: 'superuser' }, 'user', NO],
    ['the token names no role but one is claimed', {}, 'user', NO],
  ])('decides on the role when %s', async (_, claims, role, expected) => {
    expect(await ask(aProvider({ secret }), await aToken(claims), role)).toMatchObject(expected);
  });

  it('believes what a secret of bytes has signed', async () => {
    const bytes = Buffer.from('00ff80fe'.repeat(12), 'hex');
    for (const secretBase64 of [bytes.toString('base64'), bytes.toString('base64url')]) {
      const provider = aProvider({ secretBase64 });
      expect(await ask(provider, await aToken({}, { key: bytes }))).toMatchObject({ userId: 'u1' });
      expect(await ask(provider, await aToken({}, { key: new TextEncoder().encode(secretBase64) }))).toEqual(NO);
    }
  });

  it.each([
    [undefined, undefined, true],
    [undefined, 'JWT', true],
    [undefined, 'logout+jwt', false],
    [undefined, 'application/LOGOUT+JWT', false],
    [undefined, 'secevent+jwt', false],
    ['at+jwt', 'at+jwt', true],
    ['at+jwt', 'application/at+JWT', true],
    ['at+jwt', 'JWT', false],
    ['at+jwt', undefined, false],
    [['at+jwt', 'JWT'], 'jwt', true],
    ['logout+jwt', 'logout+jwt', true],
  ])('wants the type %j and is shown %j', async (typ, shown, accepted) => {
    const token = await new SignJWT({ sub: 'u1' })
      .setProtectedHeader({ alg: 'HS256', ...(shown !== undefined && { typ: shown }) })
      .sign(hmacKey);
    const outcome = await ask(aProvider({ secret, ...(typ !== undefined && { typ }) }), token);
    expect(outcome).toMatchObject(accepted ? { userId: 'u1' } : NO);
  });

  it('turns away tokens without an end where they must have one', async () => {
    const provider = aProvider({ secret, requireExp: true });
    expect(await ask(provider, await aToken())).toEqual(NO);
    expect(await ask(provider, await aToken({ exp: inSeconds(60) }))).toMatchObject({ userId: 'u1' });
  });

  it('finds its claims by name and by path', async () => {
    const provider = aProvider({ secret, userIdClaim: 'https://acme.example/id', roleClaim: 'realm_access.roles' });
    const token = await aToken({ 'https://acme.example/id': 42, realm_access: { roles: ['user'] } });
    expect(await ask(provider, token, 'user')).toMatchObject({ userId: '42', role: 'user' });
    const inherited = aProvider({ secret, userIdClaim: 'constructor.name' });
    expect(await ask(inherited, await aToken())).toEqual(NO);
  });

  it('does not take a public key for a shared secret', async () => {
    const provider = aProvider({ publicKey: rsaPem });
    expect(await ask(provider, await aToken({}, { key: rsa.privateKey, alg: 'RS256' }))).toMatchObject({
      userId: 'u1',
    });
    expect(await ask(provider, await aToken({}, { key: new TextEncoder().encode(rsaPem) }))).toEqual(NO);
  });

  it('turns away algorithms that were not allowed, and none above all', async () => {
    const provider = aProvider({ publicKey: rsaPem, algorithms: ['RS512'] });
    expect(await ask(provider, await aToken({}, { key: rsa.privateKey, alg: 'RS256' }))).toEqual(NO);
    const unsigned = ['{"alg":"none"}', '{"sub":"u1"}'].map((part) => Buffer.from(part).toString('base64url'));
    expect(await ask(provider, `${unsigned.join('.')}.`)).toEqual(NO);
  });

  it.each([
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['EdDSA', generateKeyPairSync('ed25519')],
    ['Ed25519', generateKeyPairSync('ed25519')],
  ])('reads %s', async (alg, { publicKey, privateKey }) => {
    const provider = aProvider({ publicKey: publicKey.export({ type: 'spki', format: 'pem' }) });
    expect(await ask(provider, await aToken({}, { key: privateKey, alg }))).toMatchObject({ userId: 'u1' });
  });
});

const rs256 = (key: { privateKey: KeyObject }, kid?: string) =>
  aToken({}, { key: key.privateKey, alg: 'RS256', ...(kid !== undefined && { kid }) });
const jwk = (key: { publicKey: KeyObject }, kid: string) => ({
  ...createPublicKey(key.publicKey.export({ type: 'spki', format: 'pem' })).export({ format: 'jwk' }),
  kid,
  use: 'sig',
  alg: 'RS256',
});
const serve =
  (...keys: object[]) =>
  (response: ServerResponse) =>
    void response.end(JSON.stringify({ keys }));

let accepted: string;
beforeAll(async () => {
  accepted = await aToken({ role: 'user', exp: inSeconds(600) });
});

describeAuthProvider('jwt', {
  create: () => aProvider({ secret }),
  accepted: {
    get token() {
      return accepted;
    },
    role: 'user',
  },
  refused: { token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1MSJ9.AAAA', role: 'user' },
});

describe('jwt provider with a JWKS', () => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let server: Server;
  let behave: (response: ServerResponse) => void;
  let fetched: number;
  let provider: JwtAuthProvider;

  beforeEach(async () => {
    fetched = 0;
    behave = serve(jwk(rsa, 'one'), jwk(other, 'two'));
    server = createServer((_, response) => {
      fetched++;
      behave(response);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    provider = fromServer();
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  function fromServer(times: Partial<JwksTimes> = {}): JwtAuthProvider {
    const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    return aProvider({ jwksUrl, algorithms: ['RS256'] }, { timeout: 10_000, ...times });
  }

  it('knows several keys and fetches them once for all who wait', async () => {
    const tokens = await Promise.all([rs256(rsa, 'one'), rs256(other, 'two'), rs256(rsa, 'one')]);
    const outcomes = await Promise.all(tokens.map((token) => ask(provider, token)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['authorized', 'authorized', 'authorized']);
    expect(fetched).toBe(1);
  });

  it('tries every key that fits a token which names none', async () => {
    expect(await ask(provider, await rs256(other))).toMatchObject({ userId: 'u1' });
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(await ask(provider, await rs256(stranger))).toEqual(NO);
  });

  it('fetches again for an unknown key, a few times, and then says that nobody can tell', async () => {
    provider = fromServer({ lookUps: { burst: 2, every: 600_000 } });
    behave = serve(jwk(rsa, 'one'));
    await ask(provider, await rs256(rsa, 'one'));
    const answers: AuthOutcome[] = [];
    for (let tries = 0; tries < 4; tries++) answers.push(await ask(provider, await rs256(other, `x${tries}`)));
    const nobody = { kind: 'unavailable', code: 503 };
    expect(answers).toEqual([NO, NO, nobody, nobody]);
    expect(fetched).toBe(3);
    expect(await ask(provider, await rs256(rsa, 'one'))).toMatchObject({ userId: 'u1' });
  });

  it('follows a rotation', async () => {
    behave = serve(jwk(rsa, 'one'));
    await ask(provider, await rs256(rsa, 'one'));
    behave = serve(jwk(other, 'two'));
    expect(await ask(provider, await rs256(other, 'two'))).toMatchObject({ userId: 'u1' });
    expect(await ask(provider, await rs256(rsa, 'one'))).toEqual(NO);
  });

  it('does not share keys between providers that use one key id', async () => {
    behave = serve(jwk(rsa, 'one'));
    await ask(provider, await rs256(rsa, 'one'));
    const second = fromServer();
    behave = serve(jwk(other, 'one'));
    expect(await ask(second, await rs256(rsa, 'one'))).toEqual(NO);
    expect(await ask(second, await rs256(other, 'one'))).toMatchObject({ userId: 'u1' });
  });

  it('does not take HMAC from a JWKS', async () => {
    behave = serve({ kty: 'oct', k: Buffer.from(hmacKey).toString('base64url'), kid: 'one' });
    expect(await ask(provider, await aToken({}, { kid: 'one' }))).toEqual(NO);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['fail', (response) => void response.writeHead(500).end()],
    ['are elsewhere', (response) => void response.writeHead(302, { location: '/moved' }).end()],
    ['are rubbish', (response) => void response.end('<html>')],
    ['are no set of keys', (response) => void response.end('{"keys":7}')],
    ['never come', () => undefined],
    ['come without end', (response) => void response.end(`{"keys":[],"x":"${'x'.repeat(600_000)}"}`)],
    [
      'break off',
      (response) => void response.writeHead(200, { 'content-length': 99 }).write('{', () => response.destroy()),
    ],
  ])('is unavailable, not refusing, while the keys %s, and recovers', async (_, behaviour) => {
    provider = fromServer({ timeout: 500, backOff: [1, 1] });
    const healthy = behave;
    behave = behaviour;
    const token = await rs256(rsa, 'one');
    expect(await ask(provider, token)).toEqual({ kind: 'unavailable', code: 503 });
    behave = healthy;
    await new Promise((elapsed) => setTimeout(elapsed, 5));
    expect(await ask(provider, token)).toMatchObject({ userId: 'u1' });
  });

  it('does not keep somebody waiting who has given up', async () => {
    // Whoever waited for the keys would wait longer than a test may take.
    provider = fromServer({ timeout: 600_000 });
    behave = () => undefined;
    const outcome = await ask(provider, await rs256(rsa, 'one'), '', AbortSignal.timeout(10));
    expect(outcome).toEqual({ kind: 'unavailable', code: 503 });
  });
});
