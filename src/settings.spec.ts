import { settingsFrom } from './settings.js';

describe('HERMES_API_KEY', () => {
  it.each([
    ['127.0.0.1', 'a'],
    ['127.1.2.3', 'a'],
    ['localhost', 'a'],
    ['::1', 'a'],
    ['0.0.0.0', 'sixteen-and-more'],
    ['0.0.0.0', ''],
  ])('may be used on %s: %j', (host, key) => {
    expect(() => settingsFrom({ HERMES_HOST: host, HERMES_API_KEY: key })).not.toThrow();
  });

  it.each(['0.0.0.0', '::', '192.0.2.1', 'hermes.internal'])(
    'is refused when it is short and others reach %s',
    (host) => {
      expect(() => settingsFrom({ HERMES_HOST: host, HERMES_API_KEY: 'fifteen-letters' })).toThrow(
        'HERMES_API_KEY: must have at least 16 characters',
      );
    },
  );
});
