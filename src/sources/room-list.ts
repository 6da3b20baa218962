import { isWellFormedRoom, roomOf, type Room } from '../delivery/index.js';

export type ReadRooms =
  | { readonly ok: true; readonly rooms: readonly Room[] }
  /** A sentence that begins with the name of the field. */
  | { readonly ok: false; readonly fault: string };

/** Rooms of one event. */
const MAX_ROOMS = 10_000;

/** Reads the list of rooms an event is for, out of what JSON.parse made. */
export function readRooms(value: unknown): ReadRooms {
  if (!Array.isArray(value)) return { ok: false, fault: 'rooms must be a JSON array of objects' };
  if (value.length > MAX_ROOMS)
    return { ok: false, fault: `rooms has ${value.length} entries, the limit is ${MAX_ROOMS}` };
  const rooms: Room[] = [];
  for (const [index, entry] of value.entries()) {
    const room = roomOf(entry);
    if (room === undefined) {
      const rule = 'must be an object of at most 4096 characters, 16 levels and exact numbers';
      return { ok: false, fault: `rooms[${index}] ${rule}` };
    }
    if (!isWellFormedRoom(room.text)) {
      return { ok: false, fault: `rooms[${index}] must be well-formed text without the character U+FFFD` };
    }
    rooms.push(room);
  }
  return { ok: true, rooms };
}
