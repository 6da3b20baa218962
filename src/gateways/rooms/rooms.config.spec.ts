import { ConfigurationError, readSettings } from '../../config/index.js';
import { RoomsConfig } from './rooms.config.js';

function read(environment: Readonly<Record<string, string>>): RoomsConfig {
  return readSettings(environment, [RoomsConfig])['RoomsConfig'] as RoomsConfig;
}

function faults(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    read(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}

describe('RoomsConfig', () => {
  it('lets nobody in until it has a back end', () => {
    expect(read({})).toMatchObject({ paths: ['/_ws/rooms', '/ws/'], apiUrl: '', idleTimeout: 300_000 });
  });

  it('ends the API url with a slash, so that paths are added to it', () => {
    expect(read({ HERMES_ROOMS_API_URL: 'http://django:8000/api' }).apiUrl).toBe('http://django:8000/api/');
  });

  it('maps query parameters to headers', () => {
    const text = 'X-Session-Token=session_token, X-Tenant = tenant';

    expect(read({ HERMES_ROOMS_CONNECTION_HEADERS: text }).connectionHeaders).toEqual([
      { header: 'X-Session-Token', parameter: 'session_token' },
      { header: 'X-Tenant', parameter: 'tenant' },
    ]);
  });

  it.each([
    ['HERMES_ROOMS_PATHS', 'ws', 'must be paths such as /ws/'],
    ['HERMES_ROOMS_PATHS', '/ws?x', 'must be paths such as /ws/'],
    ['HERMES_ROOMS_PATHS', ',', 'should not be empty'],
    ['HERMES_ROOMS_API_URL', 'django', 'must be a URL'],
    ['HERMES_ROOMS_API_URL', 'ftp://django/', 'must begin with http'],
    ['HERMES_ROOMS_API_URL', 'http://user:secret@django/', 'must not hold a user'],
    ['HERMES_ROOMS_API_URL', 'http://django/?x', 'must end with its path'],
    ['HERMES_ROOMS_CONNECTION_HEADERS', 'X-Session-Token', 'must be Header=parameter'],
    ['HERMES_ROOMS_CONNECTION_HEADERS', 'X Token=t', 'must be Header=parameter'],
    ['HERMES_ROOMS_CONNECTION_HEADERS', 'Host=h', 'Host is a header that HTTP itself needs'],
    ['HERMES_ROOMS_CONNECT_HOOK', 'http://elsewhere/', 'must be a path without a first slash'],
    ['HERMES_ROOMS_CONNECT_HOOK', '/online/', 'must be a path without a first slash'],
    ['HERMES_ROOMS_DISCONNECT_HOOK', '../x', 'must be a path without a first slash'],
    ['HERMES_ROOMS_DISCONNECT_HOOK', 'offline/', 'would need HERMES_ROOMS_API_URL'],
  ])('refuses %s=%s', (variable, text, fault) => {
    expect(faults({ [variable]: text })).toEqual([expect.stringContaining(fault)]);
  });
});
