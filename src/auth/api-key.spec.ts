import { inspect } from 'node:util';
import { ApiConfig } from './api-key.config.js';
import { ApiKey } from './api-key.js';

const aKey = (apiKey: string) => new ApiKey(Object.assign(new ApiConfig(), { apiKey }));

describe('API key', () => {
  it('is the configured one', () => {
    const key = aKey('s3cret');
    expect(key.generated).toBe(false);
    expect(['s3cret', 's3cre', 's3cret ', 'S3cret', ''].map((shown) => key.matches(shown))).toEqual([
      true,
      ...Array(4).fill(false),
    ]);
  });

  it('is made at random when none is configured', () => {
    const [one, other] = [aKey(''), aKey('')];
    expect(one.generated).toBe(true);
    expect(one.secret.reveal()).toMatch(/^[\w-]{43}$/);
    expect(one.secret.reveal()).not.toBe(other.secret.reveal());
    expect(one.matches(one.secret.reveal())).toBe(true);
    expect(one.matches('')).toBe(false);
  });

  it('does not print', () => {
    const key = aKey('s3cret');
    expect(inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key)).not.toContain('s3cret');
  });
});
