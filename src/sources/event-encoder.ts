import type { HermesEvent } from '../delivery/index.js';

/** A header that counts on the bus alone: what nodes know an event again by. */
export const ONCE = 'once';
export type MessageHeaders = Readonly<Record<string, string | number>>;

/** The headers of an event on the bus: exactly what the decoder reads, so that every node reads the same event. */
export function headersOf({ channel, name, audience, retention, cacheKey, once }: HermesEvent): MessageHeaders {
  return {
    channel,
    event_type: name,
    visibility: audience.kind,
    ...(audience.kind === 'direct' ? { uuid: audience.userId } : {}),
    ...('role' in audience && audience.role !== undefined ? { role: audience.role } : {}),
    ...(audience.kind === 'rooms' ? { rooms: `[${audience.rooms.map(({ text }) => text).join()}]` } : {}),
    ...(retention === undefined ? {} : { cache_ttl: retention === 'forever' ? -1 : retention }),
    ...(cacheKey === undefined ? {} : { cache_key: cacheKey }),
    ...(once === undefined ? {} : { [ONCE]: once }),
  };
}
