/** Milliseconds: how far apart the first tries may be, and how far they may ever get. */
const FIRST = 500;
const MOST = 30_000;

/**
 * Full jitter: anything from at once to a limit that doubles with each try. Clients that lost the same server so come
 * back spread out, not in waves.
 *
 * @param attempt tries in a row that have failed, from 0
 * @param random from 0 up to 1
 * @returns milliseconds to wait before the next try
 */
export function backOff(attempt: number, random: () => number = Math.random): number {
  return Math.round(random() * Math.min(MOST, FIRST * 2 ** attempt));
}
