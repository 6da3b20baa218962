import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Secret } from '@hermes/auth-provider';
import { ApiConfig } from './api-key.config.js';

/** The key that callers of the HTTP API show. */
@Injectable()
export class ApiKey {
  /** Nobody configured one: whoever starts Hermes has to be told this one, once. */
  readonly generated: boolean;
  readonly secret: Secret;
  readonly #digest: Buffer;

  constructor({ apiKey }: ApiConfig) {
    this.generated = apiKey === '';
    this.secret = new Secret(this.generated ? randomBytes(32).toString('base64url') : apiKey);
    this.#digest = digestOf(this.secret.reveal());
  }

  /** Takes the same time whatever is shown, so that the key cannot be found out byte by byte. */
  matches(shown: string): boolean {
    return timingSafeEqual(digestOf(shown), this.#digest);
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
