import { readHttpAuthConfig, type HttpAuthConfig } from './http-auth.config.js';
import type { JsonFields } from './json-fields.js';
import { readJwtAuthConfig, type JwtAuthConfig } from './jwt-auth.config.js';
import { readStaticAuthConfig, type StaticAuthConfig } from './static-auth.config.js';

/**
 * One entry of `HERMES_AUTH_PROVIDERS`. `roles` undefined, or containing `any`, allows every role. `maxAge`, in seconds, is the
 * longest that an identity holds whatever the provider says; undefined: as long as it says.
 */
export type ProviderConfig = (HttpAuthConfig | JwtAuthConfig | StaticAuthConfig) & {
  readonly roles: readonly string[] | undefined;
  readonly maxAge: number | undefined;
};

const READERS = {
  http: readHttpAuthConfig,
  jwt: readJwtAuthConfig,
  static: readStaticAuthConfig,
} as const;

/** Reads one entry; undefined when its type is none of ours. What it returns counts only if no fault was noted. */
export function readProviderConfig(fields: JsonFields): ProviderConfig | undefined {
  const type = fields.oneOf('type', ['http', 'jwt', 'static'], undefined);
  if (!type) return undefined;
  const roles = fields.texts('roles');
  const config = READERS[type](fields);
  const maxAge = fields.has('maxAge')
    ? fields.duration('maxAge', { min: 1_000, max: 31_536_000_000, fallback: 1_000 }) / 1_000
    : undefined;
  fields.refuseOthers();
  return { ...config, roles, maxAge };
}
