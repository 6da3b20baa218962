import { isUtf8 } from 'node:buffer';
import { decodeMessage, type DecodedMessage } from '../index.js';
import { readHeaders, type KafkaRecord, type RecordHeaders } from './record.js';
import type { TopicMapping } from './topic-mapping.js';

export interface NoEvent {
  readonly ok: false;
  readonly reason: 'no_value' | 'not_json' | 'bad_header';
  readonly detail: string;
}

type Table = Readonly<Record<string, unknown>>;
type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: NoEvent };

/** More than any producer has a reason for; a message may have millions. */
const MAX_HEADERS = 256;
const MAX_HEADER_BYTES = 128 * 1024;

/** Turns a message of Kafka into an event by the mapping of its topic, or says why it is none; see README.md. */
export function decodeKafkaMessage(
  mapping: TopicMapping,
  { value, headers }: Pick<KafkaRecord, 'value' | 'headers'>,
  receivedAt: number,
): DecodedMessage | NoEvent {
  if (value === null) return { ok: false, reason: 'no_value', detail: 'the message has no value: a tombstone' };
  switch (mapping.kind) {
    case 'headers': {
      const table = tableOf(headers);
      return table.ok
        ? decodeMessage({ channel: mapping.topic, headers: table.value, body: value, receivedAt })
        : table.fault;
    }
    case 'fixed': {
      const { channel, event } = mapping;
      return decodeMessage({
        channel,
        headers: { event_type: event, visibility: 'broadcast' },
        body: value,
        receivedAt,
      });
    }
    case 'wss': {
      const type = typeOf(value);
      if (!type.ok) return { ok: false, reason: 'not_json', detail: 'the message is not a JSON object in UTF-8' };
      const { channel, visibility } = mapping;
      return decodeMessage({ channel, headers: { event_type: type.value, visibility }, body: value, receivedAt });
    }
  }
}

/** Bytes that are text become text; others stay bytes, which no header may be. */
function tableOf(headers: RecordHeaders): Result<Table> {
  const { count, bytes } = headers;
  if (count > MAX_HEADERS || bytes.length > MAX_HEADER_BYTES) {
    const limit = `the limits are ${MAX_HEADERS} and ${MAX_HEADER_BYTES}`;
    return refused(`the message has ${count} headers in ${bytes.length} bytes, ${limit}`);
  }
  try {
    const fields = [...readHeaders(headers)].map(([name, value]) => [name, textOf(value)] as const);
    return { ok: true, value: Object.fromEntries(fields) };
  } catch {
    return refused('the headers of the message are damaged');
  }
}

function textOf(value: Buffer | null): unknown {
  return value !== null && isUtf8(value) ? value.toString() : value;
}

function refused(detail: string): { readonly ok: false; readonly fault: NoEvent } {
  return { ok: false, fault: { ok: false, reason: 'bad_header', detail } };
}

function typeOf(value: Buffer): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  if (!isUtf8(value)) return { ok: false };
  try {
    const message: unknown = JSON.parse(value.toString());
    if (typeof message !== 'object' || message === null) return { ok: false };
    return { ok: true, value: Object.hasOwn(message, 'type') ? Reflect.get(message, 'type') : undefined };
  } catch {
    return { ok: false };
  }
}
