import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import type { JsonFields } from './json-fields.js';

export type JwtKeys =
  { readonly kind: 'key'; readonly key: KeyObject } | { readonly kind: 'jwks'; readonly url: string };

export interface JwtAuthConfig {
  readonly type: 'jwt';
  readonly keys: JwtKeys;
  readonly algorithms: readonly string[];
  /** Lower case and without `application/`; undefined: all but those that are made for something else. */
  readonly typ: readonly string[] | undefined;
  readonly requireExp: boolean;
  readonly issuer: readonly string[] | undefined;
  readonly audience: readonly string[] | undefined;
  readonly userIdClaim: string;
  readonly roleClaim: string;
  /** Milliseconds. */
  readonly clockTolerance: number;
}

interface KeySource {
  readonly keys: JwtKeys;
  /** The algorithms these keys can be used with; the first is taken when none is named. */
  readonly fitting: readonly string[];
}

const HMAC = ['HS256', 'HS384', 'HS512'];
const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const ELLIPTIC: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };
const EDWARDS = ['EdDSA', 'Ed25519'];
// A key that anybody may read must never be taken for a shared secret: no HMAC here.
const PUBLIC = [...RSA, ...Object.values(ELLIPTIC), ...EDWARDS];
const KEY_SOURCES = ['secret', 'secretBase64', 'publicKey', 'jwksUrl'] as const;
/** With the alphabet of RFC 4648, 4 or 5. */
const BASE64 = /^(?:[A-Za-z0-9+/]+|[\w-]+)={0,2}$/;
const NO_KEYS: KeySource = { keys: { kind: 'jwks', url: '' }, fitting: PUBLIC };

export function readJwtAuthConfig(fields: JsonFields): JwtAuthConfig {
  const { keys, fitting } = readKeys(fields);
  return {
    type: 'jwt',
    keys,
    algorithms: readAlgorithms(fields, keys, fitting),
    typ: fields.texts('typ')?.map(mediaTypeOf),
    requireExp: fields.flag('requireExp'),
    issuer: fields.texts('issuer'),
    audience: fields.texts('audience'),
    userIdClaim: fields.text('userIdClaim', 'sub'),
    roleClaim: fields.text('roleClaim', 'role'),
    clockTolerance: fields.duration('clockTolerance', { min: 0, max: 600_000, fallback: 0 }),
  };
}

function readKeys(fields: JsonFields): KeySource {
  const given = KEY_SOURCES.filter((name) => fields.has(name));
  if (given.length !== 1) {
    fields.faults.push(`${fields.path} must have exactly one of ${KEY_SOURCES.join(', ')}`);
    return NO_KEYS;
  }
  switch (given[0]) {
    case 'secret':
      return { keys: { kind: 'key', key: createSecretKey(fields.text('secret'), 'utf8') }, fitting: HMAC };
    case 'secretBase64':
      return { keys: { kind: 'key', key: createSecretKey(readBase64(fields)) }, fitting: HMAC };
    case 'publicKey':
      return readPublicKey(fields, fields.text('publicKey'));
    default:
      return { keys: { kind: 'jwks', url: fields.url('jwksUrl') }, fitting: PUBLIC };
  }
}

/** A secret of bytes that are no text. */
function readBase64(fields: JsonFields): Buffer {
  const text = fields.text('secretBase64');
  if (text !== '' && !BASE64.test(text)) fields.fault('secretBase64', 'must be base64, on one line');
  return Buffer.from(text, 'base64');
}

/** RFC 7515, 4.1.9: `application/` may be left out, and case does not matter. */
export function mediaTypeOf(typ: string): string {
  return typ.toLowerCase().replace(/^application\//, '');
}

function readPublicKey(fields: JsonFields, pem: string): KeySource {
  if (pem.includes('PRIVATE KEY')) {
    fields.fault('publicKey', 'must be a public key, but is a private one: keep that where tokens are signed');
    return NO_KEYS;
  }
  try {
    const key = createPublicKey(pem);
    const fitting = algorithmsOf(key);
    if (fitting.length === 0)
      fields.fault('publicKey', 'must be RSA of 2048 bits or more, P-256, P-384, P-521 or Ed25519');
    return { keys: { kind: 'key', key }, fitting };
  } catch {
    fields.fault('publicKey', 'must be a public key or certificate in PEM, with its line breaks');
    return NO_KEYS;
  }
}

function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly string[] {
  switch (asymmetricKeyType) {
    case 'rsa':
      return (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048 ? RSA : [];
    case 'ec':
      return [ELLIPTIC[asymmetricKeyDetails?.namedCurve ?? '']].filter((name) => name !== undefined);
    case 'ed25519':
      return EDWARDS;
    default:
      return [];
  }
}

function readAlgorithms(fields: JsonFields, keys: JwtKeys, fitting: readonly string[]): readonly string[] {
  const named = fields.texts('algorithms');
  if (!named && keys.kind === 'jwks')
    fields.fault('algorithms', `must name what your issuer signs with: ${PUBLIC.join(', ')}`);
  // Both names of the one Ed25519 algorithm are in use.
  const algorithms = named ?? (fitting === EDWARDS ? EDWARDS : fitting.slice(0, 1));
  if (algorithms.length === 0 || !algorithms.every((name) => fitting.includes(name))) {
    fields.fault('algorithms', `must be some of ${fitting.join(', ')}, which fit this key`);
  }
  if (keys.kind === 'key' && keys.key.type === 'secret') checkLength(fields, keys.key, algorithms);
  return algorithms;
}

/** RFC 7518, 3.2: shorter than its hash, a secret can be found by trying. */
function checkLength(fields: JsonFields, { symmetricKeySize = 0 }: KeyObject, algorithms: readonly string[]): void {
  const needed = Math.max(...algorithms.map((name) => Number(name.slice(2)) / 8).filter(Number.isFinite));
  const name = fields.has('secret') ? 'secret' : 'secretBase64';
  if (symmetricKeySize < needed) fields.fault(name, `must be ${needed} bytes or more for ${algorithms.join(', ')}`);
}
