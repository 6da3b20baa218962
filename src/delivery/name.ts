// Half of a surrogate pair, and the character that decoders write for bytes that are no text.
const DAMAGED = /[\p{Surrogate}\uFFFD]/u;
// The same in what JSON.stringify writes: it escapes half a pair, and doubles a backslash.
const DAMAGED_JSON = /\uFFFD|(?<!\\)(?:\\\\)*\\ud[89a-f]/;

/**
 * Whether a text can be the name of a channel, an event, a user, a role or a kept event. Encoding to UTF-8 turns every
 * half of a surrogate pair into U+FFFD, and decoding turns every wrong byte into it: two names that differ there would
 * become one, and the event of one user would reach another.
 */
export function isWellFormedName(text: string): boolean {
  return !DAMAGED.test(text);
}

/** Whether all texts in a room are such names. @param text as JSON.stringify writes it */
export function isWellFormedRoom(text: string): boolean {
  return !DAMAGED_JSON.test(text);
}
