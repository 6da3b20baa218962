import { isUtf8 } from 'node:buffer';
import { decodeMessage, type DecodedMessage } from '../index.js';
import type { FetchedMessage, HeaderValue } from './broker.js';
import type { TopicMapping } from './topic-mapping.js';

export interface NoEvent {
  readonly ok: false;
  readonly reason: 'no_value' | 'not_json';
  readonly detail: string;
}

type Table = Readonly<Record<string, unknown>>;

/** Turns a message of Kafka into an event by the mapping of its topic, or says why it is none; see README.md. */
export function decodeKafkaMessage(
  mapping: TopicMapping,
  { value, headers }: Pick<FetchedMessage, 'value' | 'headers'>,
  receivedAt: number,
): DecodedMessage | NoEvent {
  if (value === null) return { ok: false, reason: 'no_value', detail: 'the message has no value: a tombstone' };
  switch (mapping.kind) {
    case 'headers':
      return decodeMessage({ channel: mapping.topic, headers: tableOf(headers), body: value, receivedAt });
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
function tableOf(headers: Readonly<Record<string, HeaderValue | readonly HeaderValue[]>> | undefined): Table {
  const fields = Object.entries(headers ?? {}).map(([name, value]) => {
    // Of a header given several times the last one counts, as it does for Kafka's own clients.
    const last = Array.isArray(value) ? value.at(-1) : value;
    return [name, Buffer.isBuffer(last) && isUtf8(last) ? last.toString() : last] as const;
  });
  return Object.fromEntries(fields);
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
