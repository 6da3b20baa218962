import type { HermesEvent } from '../delivery/index.js';

export type MessageHeaders = Readonly<Record<string, string | number>>;

/** The headers of an event on the bus: exactly what the decoder reads, so that every node reads the same event. */
export function headersOf({ channel, name, audience, retention, cacheKey }: HermesEvent): MessageHeaders {
  return {
    channel,
    event_type: name,
    visibility: audience.kind,
    ...(audience.kind === 'direct' ? { uuid: audience.userId } : {}),
    ...('role' in audience && audience.role !== undefined ? { role: audience.role } : {}),
    ...(audience.kind === 'rooms' ? { rooms: `[${audience.rooms.map(({ text }) => text).join()}]` } : {}),
    ...(retention === undefined ? {} : { cache_ttl: retention === 'forever' ? -1 : retention }),
    ...(cacheKey === undefined ? {} : { cache_key: cacheKey }),
  };
}
