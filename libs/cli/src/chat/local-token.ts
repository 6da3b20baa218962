import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Seconds that a token made here is good for; whoever stays longer makes another. */
const LIFETIME = 600;

/** What the server started in this folder by `npm start` signs with; undefined when there is none, or it cannot be read. */
export function localSecret(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, '.hermes', 'secret'), 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** A token (JWT, HS256) that says who the bearer is, for the server that has the same secret. */
export function mintToken(secret: string, userId: string, now = Date.now()): string {
  const issued = Math.floor(now / 1_000);
  const signed = [
    { alg: 'HS256', typ: 'JWT' },
    { sub: userId, iat: issued, exp: issued + LIFETIME },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
