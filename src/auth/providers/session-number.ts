import { createHash } from 'node:crypto';

/** A double holds every whole number below 2^53, and so do all languages' 64-bit integers. */
const BITS = 53n;

/**
 * The id of a session as a whole number from 0 to 2^53 - 1: the form of the original protocol, which typed services read
 * as a 64-bit integer and JavaScript reads exactly. The same session has the same number, on every node.
 */
export function sessionNumber(sessionId: string): number {
  const digest = createHash('sha256').update(sessionId).digest();
  return Number(digest.readBigUInt64BE() >> (64n - BITS));
}
