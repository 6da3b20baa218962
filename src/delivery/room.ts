/** A JSON object that names a place; two with the same members are the same room, whatever the order of their keys. */
export interface Room {
  /** The canonical form: keys sorted at every depth, no blanks. `1` is not `"1"`. */
  readonly text: string;
  /** The keys at the top, as JSON text, sorted. */
  readonly keys: readonly string[];
  /** The values of these keys, in canonical form. */
  readonly values: readonly string[];
}

/** In place of a value of a room: any value. As JSON text. */
const ANY = '"*"';

/** Rooms are names, not documents: these bounds keep what a client makes the server remember small. */
const MAX_TEXT = 4_096;
const MAX_DEPTH = 16;

/**
 * Reads a room out of what JSON.parse made.
 *
 * @returns undefined when it is no object, too large, too deep, or holds a number that JavaScript cannot hold exactly:
 * such a number would be read as its neighbour, and open somebody else's room
 */
export function roomOf(value: unknown): Room | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const members = Object.entries(value).toSorted(byKey);
  const values = members.map(([, member]) => canonical(member, 1));
  if (!values.every((text) => text !== undefined)) return undefined;
  const room = roomWith(
    members.map(([key]) => JSON.stringify(key)),
    values,
  );
  return room.text.length <= MAX_TEXT ? room : undefined;
}

/** The key set, equal for rooms that can be compared at all. */
export function shapeOf({ keys }: Room): string {
  return keys.join();
}

/** One digit for each key: 1 where the value is the wildcard. */
export function maskOf({ values }: Room): string {
  return values.map((value) => (value === ANY ? '1' : '0')).join('');
}

/** The room with the wildcard at every place where the mask has a 1. */
export function blurred(room: Room, mask: string): Room {
  if (!mask.includes('1')) return room;
  return roomWith(
    room.keys,
    room.values.map((value, index) => (mask[index] === '1' ? ANY : value)),
  );
}

function roomWith(keys: readonly string[], values: readonly string[]): Room {
  return { text: `{${keys.map((key, index) => `${key}:${values[index]}`).join()}}`, keys, values };
}

function canonical(value: unknown, depth: number): string | undefined {
  if (typeof value === 'number') return isExact(value) ? JSON.stringify(value) : undefined;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (depth === MAX_DEPTH) return undefined;
  if (Array.isArray(value)) {
    const elements = value.map((element) => canonical(element, depth + 1));
    return elements.includes(undefined) ? undefined : `[${elements.join()}]`;
  }
  const members = Object.entries(value).toSorted(byKey);
  const texts = members.map(([, member]) => canonical(member, depth + 1));
  if (texts.includes(undefined)) return undefined;
  return `{${members.map(([key], index) => `${JSON.stringify(key)}:${texts[index]}`).join()}}`;
}

/** Whole numbers past 2^53 have lost digits by the time they are read. */
function isExact(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
