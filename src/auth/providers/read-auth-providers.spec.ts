import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { readAuthProviders } from './read-auth-providers.js';

function faultsOf(providers: unknown): string[] {
  try {
    readAuthProviders(typeof providers === 'string' ? providers : JSON.stringify(providers));
    return [];
  } catch (error) {
    return (error as Error).message.split('\n').map((line) => line.replace(/^ *HERMES_AUTH_PROVIDERS: /, ''));
  }
}

function pem(type: 'rsa' | 'ed25519' | 'x25519', bits = 2048): string {
  const { publicKey } = generateKeyPairSync(type as 'rsa', { modulusLength: bits });
  return publicKey.export({ type: 'spki', format: 'pem' }) as string;
}

const secret = 'a shared secret of thirty-two bytes and more';

describe('HERMES_AUTH_PROVIDERS', () => {
  it('gives each origin its provider, with defaults for what is not said', () => {
    const providers = readAuthProviders(
      JSON.stringify({
        user: { type: 'http', url: 'https://users/validate-session', accessKey: 'k', roles: ['user'] },
        web: { type: 'jwt', jwksUrl: 'https://id/jwks', algorithms: ['RS256'], issuer: 'id', clockTolerance: '5s' },
        dev: { type: 'static', tokens: { t: { userId: 'u1' } } },
      }),
    );
    expect(providers.get('user')).toMatchObject({
      header: 'X-Api-Key',
      concurrency: 64,
      queue: 1_024,
      breakAfter: 5,
      retryAfter: 5_000,
      roles: ['user'],
    });
    expect(providers.get('web')).toMatchObject({
      algorithms: ['RS256'],
      issuer: ['id'],
      audience: undefined,
      userIdClaim: 'sub',
      roleClaim: 'role',
      clockTolerance: 5_000,
    });
    expect(providers.get('dev')).toMatchObject({ type: 'static', roles: undefined });
  });

  it('is read from a file as well', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hermes-auth-'));
    try {
      writeFileSync(join(folder, 'auth.json'), '{"dev":{"type":"static","tokens":{}}}');
      expect([...readAuthProviders(join(folder, 'auth.json')).keys()]).toEqual(['dev']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('lists all faults of all origins, by path', () => {
    expect(
      faultsOf({
        user: { type: 'http', url: 'ftp://users', header: 'a b', accesKey: 'k', roles: 'user', concurrency: 0 },
        web: { type: 'jwt', secret, publicKey: 'x', algorithms: ['none'] },
        dev: { type: 'static', tokens: { 's3cret token': { role: 7, ttl: 0, name: 'x' } } },
        odd: 7,
        none: {},
      }),
    ).toEqual([
      'user.url must be an http(s) URL',
      'user.header must be the name of an HTTP header',
      'user.concurrency must be an integer from 1 to 10000',
      expect.stringMatching(/^user\.accesKey is no setting here; there are type, roles, url, header, accessKey,/),
      'web must have exactly one of secret, secretBase64, publicKey, jwksUrl',
      expect.stringMatching(/^web\.algorithms must be some of RS256,/),
      'dev.tokens[0].userId must be a text that is not empty',
      'dev.tokens[0].role must be a text that is not empty',
      'dev.tokens[0].ttl must not be 0, which has ended already; -1 is without end',
      'dev.tokens[0].name is no setting here; there are userId, role, ttl',
      'odd must be an object',
      'none.type must be one of http, jwt, static',
    ]);
  });

  it.each([
    ['http://u:p@users', 'user.url must not contain a user name or password'],
    [undefined, 'user.url must be an http(s) URL'],
  ])('refuses the URL %j', (url, fault) => {
    expect(faultsOf({ user: { type: 'http', url } })).toEqual([fault]);
  });

  it.each([
    [{ header: 'Host' }, 'user.header is a header that HTTP itself needs'],
    [{ accessKey: 'a\r\nb: c' }, 'user.accessKey must be printable ASCII'],
    [{ retryAfter: 'soon' }, 'user.retryAfter must be a duration such as 5s, in milliseconds from 1 to 600000'],
  ])('refuses %j', (field, fault) => {
    expect(faultsOf({ user: { type: 'http', url: 'http://users', ...field } })).toEqual([fault]);
  });

  it.each([
    ['a secret shorter than its hash', { secret: 'short' }, 'web.secret must be 32 bytes or more for HS256'],
    ['too few bytes', { secretBase64: 'c2hvcnQ=' }, 'web.secretBase64 must be 32 bytes or more for HS256'],
    ['bytes that are not base64', { secretBase64: '*'.repeat(64) }, /^web\.secretBase64 must be base64/],
    ['an end that is required in words', { secret, requireExp: 'yes' }, 'web.requireExp must be true or false'],
    ['an age of nothing', { secret, maxAge: 0 }, /^web\.maxAge must be a duration/],
    [
      'HMAC with a public key',
      { publicKey: pem('rsa'), algorithms: ['HS256'] },
      /^web\.algorithms must be some of RS256/,
    ],
    ['HMAC with a JWKS', { jwksUrl: 'https://id', algorithms: ['HS256'] }, /^web\.algorithms must be some of RS256/],
    ['no algorithm at all', { secret, algorithms: ['none'] }, /^web\.algorithms must be some of HS256/],
    ['an empty list of algorithms', { secret, algorithms: [] }, /^web\.algorithms must be some of HS256/],
    ['a JWKS without algorithms', { jwksUrl: 'https://id' }, /^web\.algorithms must name what your issuer signs with/],
    ['a short RSA key', { publicKey: pem('rsa', 1024) }, /^web\.publicKey must be RSA of 2048 bits or more/],
    ['a key that cannot sign', { publicKey: pem('x25519') }, /^web\.publicKey must be RSA of 2048 bits or more/],
    ['a key that is none', { publicKey: 'abc' }, /^web\.publicKey must be a public key or certificate in PEM/],
    [
      'a private key',
      { publicKey: '-----BEGIN PRIVATE KEY-----' },
      /^web\.publicKey must be a public key, but is a priv/,
    ],
  ])('refuses %s', (_, field, fault) => {
    expect(faultsOf({ web: { type: 'jwt', ...field } })[0]).toMatch(fault);
  });

  it.each([
    [{ secret }, ['HS256']],
    [{ publicKey: pem('rsa') }, ['RS256']],
    [{ publicKey: pem('ed25519') }, ['EdDSA', 'Ed25519']],
  ])('takes the algorithm from the kind of key (case %#)', (key, algorithms) => {
    const web = { type: 'jwt', ...key };
    expect(readAuthProviders(JSON.stringify({ web })).get('web')).toMatchObject({ algorithms });
  });

  it('says where the JSON is broken without quoting it', () => {
    expect(faultsOf('{"user":\n {"accessKey":"s3cret" 7}}')).toEqual(['is not JSON: see line 2, column 24']);
    expect(faultsOf('{"user":{"accessKey": s3cret}}')).toEqual(['is not JSON']);
    expect(faultsOf('"user": {"accessKey":"s3cret"}')[0]).not.toContain('s3cret');
    expect(faultsOf('/no/such/file.json')[0]).toContain('ENOENT');
  });

  it('never repeats a value, whatever is wrong with it', () => {
    const field = fc.constantFrom(
      'url',
      'header',
      'accessKey',
      'secret',
      'tokens',
      'issuer',
      'roles',
      'concurrency',
      'type',
    );
    const origin = fc.dictionary(field, fc.constantFrom<unknown>('s3cret\n', ['s3cret', 7], { s3cret: 's3cret' }, 7));
    const type = fc.constantFrom('http', 'jwt', 'static');
    fc.assert(
      fc.property(origin, type, (fields, kind) => {
        expect(faultsOf({ user: { type: kind, ...fields } }).join()).not.toContain('s3cret');
      }),
    );
  });
});
