/**
 * Control characters, and those that turn the direction of writing: what others put into an event must not be able to
 * drive the terminal of whoever looks at it.
 */
// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** The text with everything unprintable as `\u001b`. JSON text stays the same JSON, on one line. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** JSON text on one line. A line break in it can stand between values only, never inside a string. */
export function jsonLine(text: string): string {
  return printable(text.replace(/[\r\n]\s*/g, '').replaceAll('\t', ' '));
}
