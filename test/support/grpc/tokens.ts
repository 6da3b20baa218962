import { SignJWT, UnsecuredJWT } from 'jose';

const KEY = 'a key that the tests and Hermes share';

/** What tokens of the tests must say, and with which key they are to be signed. */
export const JWT_PROVIDERS = JSON.stringify({
  user: { type: 'jwt', secret: KEY, issuer: 'tests', audience: 'hermes' },
});

export interface TokenOptions {
  readonly key?: string;
  readonly audience?: string;
  /** When it runs out, in seconds from now; below 0 for one that has. */
  readonly ttl?: number;
}

export function tokenOf(
  userId: string,
  { key = KEY, audience = 'hermes', ttl = 3_600 }: TokenOptions = {},
): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setIssuer('tests')
    .setAudience(audience)
    .setExpirationTime(Math.floor(Date.now() / 1_000) + ttl)
    .sign(new TextEncoder().encode(key));
}

/** A token that says of itself that it needs no signature. */
export function unsignedTokenOf(userId: string): string {
  return new UnsecuredJWT()
    .setSubject(userId)
    .setIssuer('tests')
    .setAudience('hermes')
    .setExpirationTime('1h')
    .encode();
}
