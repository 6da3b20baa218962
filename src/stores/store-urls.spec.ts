import { settingsFrom } from '../settings.js';

describe('the URL of a store', () => {
  it.each([
    ['HERMES_POSTGRES_URL', 'postgres://hermes:x@hermes_db:5432/hermes'],
    ['HERMES_POSTGRES_URL', 'postgres:///hermes?host=/tmp'],
    ['HERMES_POSTGRES_URL', 'postgres://hermes@%2Ftmp/hermes'],
    ['HERMES_POSTGRES_URL', 'postgresql://u:p@db.default.svc.cluster.local.:5432/h?application_name=a b'],
    ['HERMES_REDIS_URL', 'redis://my_redis:6379'],
  ])('may be %s=%s', (variable, url) => {
    expect(() => settingsFrom({ [variable]: url })).not.toThrow();
  });

  it.each([
    ['HERMES_POSTGRES_URL', 'mysql://db'],
    ['HERMES_REDIS_URL', 'http://redis'],
  ])('is refused by name: %s=%s', (variable, url) => {
    expect(() => settingsFrom({ [variable]: url })).toThrow(`${variable}: must be a URL that starts with`);
  });
});
