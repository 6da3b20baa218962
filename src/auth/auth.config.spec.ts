import { ConfigurationError, readSettings } from '../config/index.js';
import { ApiConfig } from './api-key.config.js';
import { AuthConfig } from './auth.config.js';

const read = (environment: Record<string, string>) => readSettings(environment, [AuthConfig, ApiConfig]);

function faultsOf(environment: Record<string, string>): string[] {
  try {
    read(environment);
    return [];
  } catch (error) {
    return (error as ConfigurationError).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
}

describe('auth settings', () => {
  it('need nothing', () => {
    expect(read({})).toEqual({
      AuthConfig: { providers: new Map(), modules: [], timeout: 2_000 },
      ApiConfig: { apiKey: '' },
    });
  });

  it('read what is set', () => {
    const { AuthConfig: auth } = read({
      HERMES_AUTH_PROVIDERS: '{"dev":{"type":"static","tokens":{}}}',
      HERMES_AUTH_MODULES: '@acme/admin, ./partner',
      HERMES_AUTH_TIMEOUT: '500ms',
    });
    expect(auth).toMatchObject({ modules: ['@acme/admin', './partner'], timeout: 500 });
    expect([...(auth as AuthConfig).providers.keys()]).toEqual(['dev']);
  });

  it('list every fault on a line that names the variable, and repeat no secret', () => {
    const faults = faultsOf({
      HERMES_AUTH_PROVIDERS: '{"a":{"type":"http","url":"s3cret"},"b":{"type":"s3cret"}}',
      HERMES_AUTH_TIMEOUT: '2h',
      HERMES_API_KEY: 's3cret s3cret',
    });
    expect(faults).toEqual([
      'HERMES_AUTH_PROVIDERS: a.url must be an http(s) URL',
      'HERMES_AUTH_PROVIDERS: b.type must be one of http, jwt, static',
      'HERMES_AUTH_TIMEOUT: must be at most 1m, got "2h"',
      'HERMES_API_KEY: must be printable ASCII without blanks, so that it fits into a header',
    ]);
  });
});
