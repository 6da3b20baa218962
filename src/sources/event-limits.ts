/**
 * Longest name (channel, event, user, role, cache key) that a node takes from a broker, in UTF-16 units: an emoji counts
 * as two. Whoever publishes is held to it too, or what was accepted would be refused by every node.
 */
export const MAX_NAME = 256;

/** Seconds of retention: `-1` for ever, `0` not at all. Larger whole numbers are not exact any more. */
export function isCacheTtl(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= -1;
}
