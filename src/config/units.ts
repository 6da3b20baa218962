const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
/** A timer of Node that is asked for more milliseconds runs after one. */
const LONGEST = 2 ** 31 - 1;

/** `250ms`, `25s`, `5m`, `1h`; a bare number counts seconds. Returns milliseconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  if (!match) throw new Error('must be a duration such as 250ms, 25s, 5m or 1h (a bare number counts seconds)');
  // Rounded at the millionth: 1.1h is 3960000 ms, not a binary fraction more.
  const milliseconds = Number((Number(match[1]) * (MILLISECONDS[match[2] ?? 's'] ?? 0)).toFixed(6));
  if (milliseconds > LONGEST) throw new Error(`must be a duration of at most ${LONGEST}ms, which is 24 days`);
  return milliseconds;
}

/** `512`, `64KiB`, `8MiB`, `1GiB`; a bare number counts bytes. Returns bytes. */
export function byteSize(text: string): number {
  const match = /^(\d+)(B|KiB|MiB|GiB)?$/.exec(text);
  if (!match) throw new Error('must be a size such as 512, 64KiB, 8MiB or 1GiB (a bare number counts bytes)');
  return Number(match[1]) * (BYTES[match[2] ?? 'B'] ?? 0);
}

/** `a, b,c` becomes `['a', 'b', 'c']`. */
export function commaList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
