import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The event names in the calls of a logger. */
const LOGGED = /\blogger\s*\??\.(?:log|warn|error|debug|verbose|fatal)\(\s*'([a-z]+(?:\.[a-z]+)+)'/gi;

function loggedIn(text: string): string[] {
  return [...text.matchAll(LOGGED)].map(([, name = '']) => name);
}

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'));

/** The names in the first column of the table of log events in docs/operations.md. */
function documented(): string[] {
  const [, section = ''] = readFileSync('docs/operations.md', 'utf8').split(/^## Log$/m);
  const [table = ''] = section.split(/^## /m);
  const rows = table.match(/^\| `[^|]+\|/gm) ?? [];
  return rows.flatMap((row) => [...row.matchAll(/`([a-z]+(?:\.[a-z]+)+)`/g)].map(([, name = '']) => name));
}

describe('the events in the log', () => {
  const logged = (): string[] => [
    ...new Set(sources.flatMap((path) => loggedIn(readFileSync(join('src', path), 'utf8')))),
  ];

  it('are found in the sources, wherever the line breaks', () => {
    expect(loggedIn("this.#logger.warn('a.b', {});\nlogger.log(\n  'c.d.e',\n)")).toEqual(['a.b', 'c.d.e']);
    expect(logged().length).toBeGreaterThan(40);
  });

  it('stand in docs/operations.md, all of them', () => {
    const known = documented();
    expect(logged().filter((name) => !known.includes(name))).toEqual([]);
  });

  it('are there for every name that stands in docs/operations.md, once', () => {
    const known = documented();
    const all = logged();
    expect(known.filter((name) => !all.includes(name))).toEqual([]);
    expect(known.filter((name, index) => known.indexOf(name) !== index)).toEqual([]);
  });
});
