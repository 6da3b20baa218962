import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Seconds that a token made for one connection is good for; whoever stays longer makes another. */
const LIFETIME = 600;

/** Who the bearer of a token is. */
export interface Bearer {
  readonly userId: string;
  /** One that is theirs beyond doubt; absent: none. */
  readonly role?: string | undefined;
  /** Seconds that the token is good for; ten minutes when absent. */
  readonly lifetime?: number | undefined;
}

/** What the server started in this folder by `npm start` signs with; undefined when there is none, or it cannot be read. */
export function localSecret(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, '.hermes', 'secret'), 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** A token (JWT, HS256) that says who the bearer is, for the server that has the same secret. */
export function mintToken(secret: string, { userId, role, lifetime = LIFETIME }: Bearer, now = Date.now()): string {
  const issued = Math.floor(now / 1_000);
  const signed = [
    { alg: 'HS256', typ: 'JWT' },
    { sub: userId, role, iat: issued, exp: issued + lifetime },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
