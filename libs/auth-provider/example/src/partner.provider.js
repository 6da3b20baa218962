import { createHmac, timingSafeEqual } from 'node:crypto';
import { AuthProvider, ForOrigin, authorized, rejected } from '@hermes/auth-provider';

/** Accepts `<userId>.<expiry in Unix seconds>.<signature>`, the signature being an HMAC-SHA256 in hex of what precedes it. */
export class PartnerProvider extends AuthProvider {
  #secret;

  /** @param {string | undefined} secret shared with the partner */
  constructor(secret) {
    super();
    if (!secret) throw new Error('set PARTNER_SECRET to the secret shared with the partner');
    this.#secret = secret;
  }

  async authenticate({ token }) {
    const [, signed, userId, expiry, signature] = /^(([\w-]+)\.(\d{1,12}))\.([\da-f]{64})$/.exec(token.reveal()) ?? [];
    if (signed === undefined) return rejected(403);
    const expected = createHmac('sha256', this.#secret).update(signed).digest();
    if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) return rejected(403);
    const ttl = Number(expiry) - Math.floor(Date.now() / 1000);
    return ttl > 0 ? authorized(userId, { role: 'partner', ttl }) : rejected(403);
  }
}

// What `@ForOrigin('partner', …)` above the class says in TypeScript.
ForOrigin('partner', { roles: ['partner'] })(PartnerProvider);
