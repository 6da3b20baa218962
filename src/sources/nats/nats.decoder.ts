import type { MsgHdrs } from '@nats-io/transport-node';
import { decodeMessage, type DecodedMessage } from '../index.js';
import { readBusHeaders } from './bus-header.js';
import type { ChannelRule } from './channel-rule.js';
import { sentenceOf } from './fault.js';
import { headerLines } from './header-lines.js';
import { BUS_SUBJECT } from './subject.js';

/** A message of core NATS or of a stream, as far as Hermes looks at it. */
export interface NatsMessage {
  readonly subject: string;
  /** Read from the bytes when asked for: throws when these are no headers. */
  readonly headers?: MsgHdrs | undefined;
  readonly data: Uint8Array;
}

export interface DecoderRules {
  readonly rule: ChannelRule;
  /** The event name of a message without any header of Hermes; empty: such a message is rejected. */
  readonly event: string;
}

/** To read them takes the library time that grows with the square of their number. */
const MAX_HEADERS = 256;

type Table = Readonly<Record<string, string | readonly string[]>>;

const OURS = ['channel', 'event_type', 'visibility', 'uuid', 'role', 'rooms', 'cache_ttl', 'cache_key'];

/** Turns a message of NATS into an event, or says why it is none. */
export function decodeNats(message: NatsMessage, rules: DecoderRules, receivedAt: number): DecodedMessage {
  const { subject, data } = message;
  const body = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  let headers: unknown;
  try {
    headers = headersFor(message, rules.event);
  } catch (error) {
    return { ok: false, reason: 'bad_header', detail: sentenceOf(error) };
  }
  const byBus = subject === BUS_SUBJECT;
  const channel = byBus ? '' : rules.rule.channelOf(subject);
  const decoded = decodeMessage({ channel, headers, body, receivedAt, byBus });
  if (!decoded.ok) return decoded;
  return decoded.event.retention === undefined
    ? decoded
    : { ...decoded, event: { ...decoded.event, payload: own(body) } };
}

function headersFor(message: NatsMessage, event: string): unknown {
  const count = headerLines(message);
  if (count > MAX_HEADERS) throw new Error(`the message has ${count} headers, the limit is ${MAX_HEADERS}`);
  const { subject, headers } = message;
  const ofBus = subject === BUS_SUBJECT ? readBusHeaders(headers) : undefined;
  if (ofBus !== undefined) return ofBus;
  const table = tableOf(headers);
  const isBare = event !== '' && !OURS.some((name) => Object.hasOwn(table, name));
  return isBare ? { event_type: event, visibility: 'broadcast' } : table;
}

/**
 * Headers by the names of the shared table. Some clients write `Event_type` or `Event-Type` for `event_type`: upper case
 * and dashes do not count. A header that is given twice with two values stays an array, which no reader accepts.
 */
function tableOf(headers: MsgHdrs | undefined): Table {
  const table: Record<string, string | string[]> = Object.create(null);
  for (const [key, values] of headers ?? []) {
    const name = key.toLowerCase().replaceAll('-', '_');
    const all = new Set([table[name] ?? [], values].flat());
    const [first = '', ...more] = all;
    table[name] = more.length === 0 ? first : [...all];
  }
  return table;
}

/** A kept payload must not keep alive the whole piece of the stream of bytes it was cut from. */
function own(payload: Buffer): Buffer {
  return Buffer.from(payload);
}
