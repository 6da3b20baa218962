import { isUtf8 } from 'node:buffer';
import { isRecord, member, parseJson, withoutBom, type HermesEvent, type Room } from '../delivery/index.js';
import { readRooms } from './room-list.js';

/** Why a body is no trigger; used as a metric label. */
export type TriggerFault = 'not_json' | 'missing_rooms' | 'bad_rooms' | 'missing_data';

export type DecodedTrigger =
  | { readonly ok: true; readonly rooms: readonly Room[]; readonly payload: Buffer }
  /** `detail` is one sentence, never the payload. */
  | { readonly ok: false; readonly reason: TriggerFault; readonly detail: string };

/** Where triggers stand among the events; nobody subscribes to it. */
const CHANNEL = 'rooms';
const NAME = 'publish';

/**
 * Characters of room texts that travel in one event. The bus between nodes carries them in a header, and a header has to
 * fit into one frame of the broker.
 */
const HEADER_ROOM = 16_384;

/** Reads `{"rooms":[{…}],"data":…}`. The data stays as it was written. */
export function decodeTrigger(body: Buffer): DecodedTrigger {
  if (!isUtf8(body)) return fault('not_json', 'the body must be JSON in UTF-8');
  const text = withoutBom(body).toString();
  const message = parseJson(text);
  if (message === undefined) return fault('not_json', 'the body must be JSON in UTF-8');
  if (!isRecord(message) || !Object.hasOwn(message, 'rooms')) return fault('missing_rooms', 'rooms not specified');
  const data = member(text, 'data');
  if (data === undefined) return fault('missing_data', 'data not specified');
  const read = readRooms(message['rooms']);
  if (!read.ok) return fault('bad_rooms', read.fault);
  return { ok: true, rooms: read.rooms, payload: Buffer.from(data) };
}

/** One event, or several when the rooms are too many for one; in the order of the rooms. */
export function triggerEvents(rooms: readonly Room[], payload: Buffer, receivedAt: number): HermesEvent[] {
  return portions(rooms).map((portion) => ({
    channel: CHANNEL,
    name: NAME,
    audience: { kind: 'rooms', rooms: portion },
    retention: undefined,
    cacheKey: undefined,
    payload,
    receivedAt,
  }));
}

function portions(rooms: readonly Room[]): Room[][] {
  const found: Room[][] = [[]];
  let left = HEADER_ROOM;
  for (const room of rooms) {
    const last = found.at(-1);
    // A comma stands between two of them.
    left -= room.text.length + 1;
    if (last !== undefined && (left >= 0 || last.length === 0)) {
      last.push(room);
    } else {
      found.push([room]);
      left = HEADER_ROOM - room.text.length;
    }
  }
  return found;
}

function fault(reason: TriggerFault, detail: string): DecodedTrigger {
  return { ok: false, reason, detail };
}
