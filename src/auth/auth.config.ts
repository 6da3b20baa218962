import { Max, Min } from 'class-validator';
import { commaList, duration, Setting } from '../config/index.js';
import { readAuthProviders, type ProviderConfig } from './providers/index.js';

export class AuthConfig {
  @Setting(
    'HERMES_AUTH_PROVIDERS',
    'built-in AuthProviders by origin: JSON, or the path of a JSON file; see docs/auth-providers.md',
    {
      parse: readAuthProviders,
      secret: true,
    },
  )
  providers: ReadonlyMap<string, ProviderConfig> = new Map();

  @Setting('HERMES_AUTH_MODULES', 'AuthProviders of other teams: comma list of packages or paths', { parse: commaList })
  modules: readonly string[] = [];

  /** Milliseconds. */
  @Setting('HERMES_AUTH_TIMEOUT', 'how long an AuthProvider may take before the client is answered 503', {
    parse: duration,
  })
  @Min(1, { message: 'must be at least 1ms' })
  @Max(60_000, { message: 'must be at most 1m' })
  timeout: number = 2_000;
}
