// A surrogate without its other half, or the character zero: PostgreSQL has no place for either.
const UNSTORABLE = /\0|\p{Surrogate}/u;

/** Whether every store can keep this text as it is. */
export function isStorable(text: string): boolean {
  return !UNSTORABLE.test(text);
}
