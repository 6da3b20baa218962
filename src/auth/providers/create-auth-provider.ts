import type { AuthProvider } from '@hermes/auth-provider';
import type { HttpService } from '@nestjs/axios';
import { HttpAuthProvider } from './http-auth.provider.js';
import type { KeysEvent } from './jwks.js';
import { JwtAuthProvider } from './jwt-auth.provider.js';
import type { ProviderConfig } from './provider-config.js';
import { StaticAuthProvider } from './static-auth.provider.js';

/** A built-in provider; one that holds connections is closed by whoever made it. */
export type BuiltInProvider = AuthProvider & { close?(): void };

/** @param report what becomes of keys that an issuer publishes */
export function createAuthProvider(
  origin: string,
  config: ProviderConfig,
  http: HttpService,
  report: (event: KeysEvent) => void,
): BuiltInProvider {
  switch (config.type) {
    case 'http':
      return new HttpAuthProvider(origin, config, http);
    case 'jwt':
      return new JwtAuthProvider(config, report);
    case 'static':
      return new StaticAuthProvider(config);
  }
}
