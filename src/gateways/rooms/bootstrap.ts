/** What the back end says about a client: in, with these rooms, or not. */
export type Bootstrap =
  { readonly kind: 'authorized'; readonly allowedRooms: readonly object[] } | { readonly kind: 'refused' };

export const REFUSED: Bootstrap = { kind: 'refused' };

/** Reads the answer to `GET bootstrap/`. Whatever is not a clear yes is a no. */
export function readBootstrap(status: number, body: string): Bootstrap {
  const answer = status === 200 ? parse(body) : undefined;
  if (!isRecord(answer)) return REFUSED;
  const rooms = Object.hasOwn(answer, 'allowed_rooms') ? answer['allowed_rooms'] : [];
  return Array.isArray(rooms) && rooms.every(isRecord) ? { kind: 'authorized', allowedRooms: rooms } : REFUSED;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
