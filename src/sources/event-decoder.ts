import { isNodesChannel, isReservedChannel } from '@hermes/protocol';
import {
  WILDCARD,
  isWellFormedName,
  parseJson,
  roleFilter,
  type Audience,
  type HermesEvent,
  type Retention,
} from '../delivery/index.js';
import { ONCE } from './event-encoder.js';
import { MAX_NAME, isCacheTtl } from './event-limits.js';
import { readRooms } from './room-list.js';

/** Why a message is not an event; used as a metric label. */
export type RejectionReason =
  | 'missing_channel'
  | 'missing_event_type'
  | 'bad_visibility'
  | 'missing_uuid'
  | 'bad_rooms'
  | 'bad_header'
  | 'reserved_name'
  | 'name_too_long'
  | 'bad_name';

export interface Rejected {
  readonly ok: false;
  readonly reason: RejectionReason;
  /** One sentence for the log; never the payload. */
  readonly detail: string;
}

export type DecodedMessage =
  { readonly ok: true; readonly event: HermesEvent; readonly warning: 'bad_cache_ttl' | undefined } | Rejected;

/** What the broker delivered, as far as Hermes looks at it. */
export interface BrokerMessage {
  /** The channel, unless a header names another: the exchange, the topic, the subject. */
  readonly channel: string;
  readonly headers: unknown;
  readonly body: Buffer;
  readonly receivedAt: number;
  /** It came by the bus's own exchange or subject, where nodes speak: what they tell each other is believed from there alone. */
  readonly byBus?: boolean;
}

type Headers = Readonly<Record<string, unknown>>;
type Read<T> = { readonly ok: true; readonly value: T } | Rejected;

/** Turns a message of any broker into an event, or says why it is none. The table of headers is in rabbitmq/README.md. */
export function decodeMessage(message: BrokerMessage): DecodedMessage {
  const { channel: fallback, headers, body, receivedAt, byBus = false } = message;
  const table = isTable(headers) ? headers : {};
  const channel = readChannel(table, fallback);
  if (!channel.ok) return channel;
  const name = readEventType(table);
  if (!name.ok) return name;
  const audience = readAudience(table);
  if (!audience.ok) return audience;
  const misplaced = misplacedOn(channel.value, audience.value, byBus);
  if (misplaced !== undefined) return misplaced;
  const cacheKey = readName(table, 'cache_key');
  if (!cacheKey.ok) return cacheKey;
  const cacheTtl = readCacheTtl(own(table, 'cache_ttl'));
  const event: HermesEvent = {
    channel: channel.value,
    name: name.value,
    audience: audience.value,
    retention: cacheTtl.retention,
    cacheKey: cacheKey.value,
    payload: body,
    receivedAt,
    ...(byBus ? onceOf(table) : {}),
  };
  return { ok: true, event, warning: cacheTtl.warning };
}

function onceOf(table: Headers): { readonly once?: string } {
  const id = own(table, ONCE);
  return typeof id === 'string' && id !== '' && id.length <= MAX_NAME ? { once: id } : {};
}

function readChannel(table: Headers, fallback: string): Read<string> {
  const header = readTopicName(table, 'channel');
  if (!header.ok) return header;
  const channel = header.value ?? fallback;
  if (channel === '') return rejected('missing_channel', 'came past every exchange and has no header channel');
  if (channel === WILDCARD) return reserved('channel');
  const fault = faultOfName('the channel', channel);
  return fault ?? { ok: true, value: channel };
}

/** Producers speak on channels of their own, nodes on theirs. */
function misplacedOn(channel: string, audience: Audience, byBus: boolean): Rejected | undefined {
  const isOurs = byBus ? isNodesChannel(channel) && audience.kind !== 'internal' : isReservedChannel(channel);
  if (!isOurs) return undefined;
  return rejected('reserved_name', `the channel ${describe(channel)} is Hermes's own: choose another name`);
}

function readEventType(table: Headers): Read<string> {
  const header = readTopicName(table, 'event_type');
  if (!header.ok) return header;
  if (header.value === undefined) return rejected('missing_event_type', 'header event_type is missing or empty');
  return { ok: true, value: header.value };
}

function readAudience(table: Headers): Read<Audience> {
  const visibility = own(table, 'visibility');
  if (visibility === 'internal') return { ok: true, value: { kind: 'internal' } };
  if (visibility === 'rooms') return readRoomsHeader(table);
  if (visibility !== 'broadcast' && visibility !== 'direct') {
    const detail = `header visibility must be broadcast, direct, internal or rooms, is ${describe(visibility)}`;
    return rejected('bad_visibility', detail);
  }
  const role = readName(table, 'role');
  if (!role.ok) return role;
  if (visibility === 'broadcast') return { ok: true, value: { kind: 'broadcast', role: roleFilter(role.value) } };
  const userId = readUuid(table);
  return userId.ok
    ? { ok: true, value: { kind: 'direct', userId: userId.value, role: roleFilter(role.value) } }
    : userId;
}

function readRoomsHeader(table: Headers): Read<Audience> {
  const header = own(table, 'rooms');
  if (typeof header !== 'string') {
    return rejected('bad_rooms', `header rooms must be a JSON array of objects as text, is ${describe(header)}`);
  }
  // Wrong bytes in a header have become this character; in a body they would have been found.
  if (!isWellFormedName(header)) return rejected('bad_rooms', 'header rooms is no well-formed text: send it in UTF-8');
  const read = readRooms(parseJson(header));
  if (!read.ok) return rejected('bad_rooms', `header ${read.fault}`);
  return { ok: true, value: { kind: 'rooms', rooms: read.rooms } };
}

/** Producers whose user ids are numbers send them as such; one too large to be exact would name somebody else. */
function readUuid(table: Headers): Read<string> {
  const value = own(table, 'uuid');
  if (Number.isSafeInteger(value)) return { ok: true, value: String(value) };
  const header = readName(table, 'uuid');
  if (!header.ok) return header;
  if (header.value === undefined) return rejected('missing_uuid', 'a direct event needs the header uuid');
  return { ok: true, value: header.value };
}

function readTopicName(table: Headers, header: string): Read<string | undefined> {
  const name = readName(table, header);
  return name.ok && name.value === WILDCARD ? reserved(header) : name;
}

/** Absent, void and empty are all "not given". Anything but a string is refused: guessing could widen an audience. */
function readName(table: Headers, header: string): Read<string | undefined> {
  const value = own(table, header);
  if (value === undefined || value === null || value === '') return { ok: true, value: undefined };
  if (typeof value !== 'string') {
    return rejected('bad_header', `header ${header} must be a string, is ${describe(value)}`);
  }
  return faultOfName(`header ${header}`, value) ?? { ok: true, value };
}

function faultOfName(what: string, name: string): Rejected | undefined {
  if (name.length > MAX_NAME) {
    return rejected('name_too_long', `${what} has ${name.length} characters, the limit is ${MAX_NAME}`);
  }
  if (isWellFormedName(name)) return undefined;
  return rejected(
    'bad_name',
    `${what} is no well-formed text, or holds U+FFFD: send it in UTF-8, is ${describe(name)}`,
  );
}

/** A bad value costs the event its retention, not its delivery. */
function readCacheTtl(value: unknown): {
  readonly retention: Retention;
  readonly warning: 'bad_cache_ttl' | undefined;
} {
  if (value === undefined || value === null) return { retention: undefined, warning: undefined };
  const seconds = typeof value === 'string' && /^(-1|\d{1,15})$/.test(value) ? Number(value) : value;
  if (!isCacheTtl(seconds)) return { retention: undefined, warning: 'bad_cache_ttl' };
  if (seconds === -1) return { retention: 'forever', warning: undefined };
  return { retention: seconds === 0 ? undefined : seconds, warning: undefined };
}

function isTable(headers: unknown): headers is Headers {
  return typeof headers === 'object' && headers !== null;
}

/** A header called `__proto__` would otherwise lend its fields to the whole table. */
function own(table: Headers, header: string): unknown {
  return Object.hasOwn(table, header) ? table[header] : undefined;
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}…` : value);
  if (Buffer.isBuffer(value)) return 'bytes';
  if (Array.isArray(value)) return 'an array';
  return value === null ? 'void' : `of type ${typeof value}`;
}

function reserved(header: string): Rejected {
  return rejected('reserved_name', `header ${header} must not be ${WILDCARD}, which means every one`);
}

function rejected(reason: RejectionReason, detail: string): Rejected {
  return { ok: false, reason, detail };
}
