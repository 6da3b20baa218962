import { isRecord, parseJson } from '../../delivery/index.js';

/** What the back end says about a client: in, with these rooms, or not; `unasked`: it has more to answer than it can. */
export type Bootstrap =
  | { readonly kind: 'authorized'; readonly allowedRooms: readonly object[] }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unasked' };

export const REFUSED: Bootstrap = { kind: 'refused' };

/** Reads the answer to `GET bootstrap/`. Whatever is not a clear yes is a no. @param body undefined when it is no text */
export function readBootstrap(status: number, body: string | undefined): Bootstrap {
  const answer = status === 200 && body !== undefined ? parseJson(body) : undefined;
  if (!isRecord(answer)) return REFUSED;
  const rooms = Object.hasOwn(answer, 'allowed_rooms') ? answer['allowed_rooms'] : [];
  return Array.isArray(rooms) && rooms.every(isRecord) ? { kind: 'authorized', allowedRooms: rooms } : REFUSED;
}
