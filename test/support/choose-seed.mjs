import { randomInt } from 'node:crypto';

const ORDINARY = 20_250_801;

/**
 * Settles what randomised tests draw, for all processes of this run: `FAST_CHECK_SEED` is a 32-bit integer, or `random`
 * for one that is printed here, or absent for the ordinary one.
 *
 * @throws when it is anything else
 */
export function chooseSeed() {
  const { FAST_CHECK_SEED: wish = '' } = process.env;
  if (wish !== '' && wish !== 'random' && !isSeed(wish)) {
    throw new Error(`FAST_CHECK_SEED must be a 32-bit integer or "random", not ${wish}`);
  }
  const seed = wish === '' ? ORDINARY : wish === 'random' ? randomInt(0, 2 ** 31) : Number(wish);
  process.env.FAST_CHECK_SEED = String(seed);
  if (wish === 'random') process.stderr.write(`tests: FAST_CHECK_SEED=${seed}\n`);
}

function isSeed(text) {
  return /^-?\d+$/.test(text) && (Number(text) | 0) === Number(text);
}
