import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigurationError, settingsOf } from '../src/config/index.js';
import { SECTIONS, settingsFrom } from '../src/settings.js';

const variables = SECTIONS.flatMap((section) => settingsOf(section).map(({ variable }) => variable));
// What has no default is commented out.
const example = parseEnv(readFileSync('.env.example', 'utf8').replaceAll(/^#(?=HERMES_)/gm, '')) as Record<
  string,
  string
>;

describe('the settings', () => {
  it('stand in .env.example, all of them and nothing else', () => {
    expect(Object.keys(example).toSorted()).toEqual(variables.toSorted());
  });

  it('have in .env.example the values that they have without it', () => {
    expect(settingsFrom(example)).toEqual(settingsFrom({}));
  });

  it('stand in the configuration table of the README, all of them and nothing else', () => {
    const rows = readFileSync('README.md', 'utf8').matchAll(/^\| `(HERMES_\w+)` +\|/gm);
    expect([...rows].map(([, variable]) => variable).toSorted()).toEqual(variables.toSorted());
  });

  it('are the only HERMES_ names that the sources mention', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'),
    );
    const mentioned = files.flatMap(
      (file) => readFileSync(join('src', file), 'utf8').match(/HERMES_[A-Z_]+[A-Z]/g) ?? [],
    );
    expect([...new Set(mentioned)].filter((name) => !variables.includes(name))).toEqual([]);
  });

  it('let no two gateways have the same path', () => {
    const start = (): unknown =>
      settingsFrom({ HERMES_TOPICS_PATHS: '/_ws/subscribe,/mine', HERMES_ROOMS_PATHS: '/mine/,/ws/' });
    expect(start).toThrow(/HERMES_TOPICS_PATHS: \/_ws\/subscribe is taken by the Hermes JSON protocol/);
    expect(start).toThrow(/HERMES_ROOMS_PATHS: \/mine is taken by HERMES_TOPICS_PATHS/);
  });

  it.each(['app.example.com', 'https://app.example.com/', 'https://app.example.com/path'])(
    'take no %s for an origin',
    (origin) => {
      expect(() => settingsFrom({ HERMES_ALLOWED_ORIGINS: `https://ok.example.com,${origin}` })).toThrow(
        `HERMES_ALLOWED_ORIGINS: must be origins such as https://app.example.com, "${origin}" is none`,
      );
    },
  );

  it('are refused with every fault in one list', () => {
    const start = (): unknown =>
      settingsFrom({
        HERMES_PORT: 'abc',
        HERMES_PONGTIMEOUT: '3s',
        HERMES_MAX_FRAME: '1B',
        HERMES_AUTH_PROVIDERS: '{"a":{}}',
      });
    expect(start).toThrow(ConfigurationError);
    expect(start).toThrow(/4 settings[\s\S]*HERMES_PONGTIMEOUT: no such setting; did you mean HERMES_PONG_TIMEOUT/);
  });
});
