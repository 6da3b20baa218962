import * as fc from 'fast-check';
import { decodeKafkaMessage } from './kafka.decoder.js';
import type { TopicMapping } from './topic-mapping.js';

type Message = Parameters<typeof decodeKafkaMessage>[1];

const HEADERS: TopicMapping = { kind: 'headers', topic: 'news' };
const FIXED: TopicMapping = { kind: 'fixed', topic: 'orders', channel: 'shop', event: 'changed' };
const WSS: TopicMapping = { kind: 'wss', topic: 'wss', channel: 'wss', visibility: 'broadcast' };

function decode(mapping: TopicMapping, value: string | null, headers?: Message['headers']): unknown {
  const body = value === null ? null : Buffer.from(value);
  return decodeKafkaMessage(mapping, { value: body, headers } as Message, 7);
}

function bytes(headers: Readonly<Record<string, string>>): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));
}

describe('decodeKafkaMessage', () => {
  it('reads headers, which are bytes', () => {
    const headers = bytes({ event_type: 'made', visibility: 'direct', uuid: 'ü1', role: 'admin', cache_ttl: '60' });

    expect(decode(HEADERS, '1', headers)).toMatchObject({
      ok: true,
      event: {
        channel: 'news',
        name: 'made',
        audience: { kind: 'direct', userId: 'ü1', role: 'admin' },
        retention: 60,
        receivedAt: 7,
      },
    });
  });

  it('prefers the header channel to the topic', () => {
    const headers = bytes({ event_type: 'made', visibility: 'broadcast', channel: 'sports' });

    expect(decode(HEADERS, '1', headers)).toMatchObject({ event: { channel: 'sports' } });
  });

  it('takes the last of a header that is there several times', () => {
    const headers = { ...bytes({ visibility: 'broadcast' }), event_type: [Buffer.from('a'), Buffer.from('b')] };

    expect(decode(HEADERS, '1', headers)).toMatchObject({ event: { name: 'b' } });
  });

  it.each<[string, Message['headers']]>([
    ['missing_event_type', undefined],
    ['missing_event_type', bytes({ event_type: '', visibility: 'broadcast' })],
    ['bad_visibility', bytes({ event_type: 'made' })],
    ['bad_header', { ...bytes({ visibility: 'broadcast' }), event_type: Buffer.from([0xff]) }],
    ['bad_visibility', { ...bytes({ event_type: 'made' }), visibility: [] }],
  ])('rejects as %s the headers %p', (reason, headers) => {
    expect(decode(HEADERS, '1', headers)).toMatchObject({ ok: false, reason });
  });

  it('makes every message the event of a fixed mapping, whatever its headers say', () => {
    const headers = bytes({ event_type: 'other', visibility: 'internal', channel: 'other' });

    expect(decode(FIXED, '{"a":1}', headers)).toMatchObject({
      event: { channel: 'shop', name: 'changed', audience: { kind: 'broadcast' }, payload: Buffer.from('{"a":1}') },
    });
  });

  it('names the event of wss by its type, and passes on the whole message', () => {
    const text = '{ "type": "update_subscription", "document": {"subscriptions": ["a"]} }';

    expect(decode(WSS, text)).toMatchObject({
      event: {
        channel: 'wss',
        name: 'update_subscription',
        audience: { kind: 'broadcast', role: undefined },
        payload: Buffer.from(text),
      },
    });
  });

  it('shows no client what is for the commands alone', () => {
    const mapping = { ...WSS, visibility: 'internal' } as const;

    expect(decode(mapping, '{"type":"create_notification"}')).toMatchObject({
      event: { name: 'create_notification', audience: { kind: 'internal' } },
    });
  });

  it.each([
    ['not_json', 'soon'],
    ['not_json', '5'],
    ['not_json', 'null'],
    ['missing_event_type', '[]'],
    ['missing_event_type', '{"document":{}}'],
    ['missing_event_type', '{"type":null}'],
    ['bad_header', '{"type":5}'],
    ['reserved_name', '{"type":"***"}'],
    ['missing_event_type', '{"__proto__":{"type":"made"}}'],
  ])('rejects as %s the message of wss %p', (reason, text) => {
    expect(decode(WSS, text)).toMatchObject({ ok: false, reason });
  });

  it.each([HEADERS, FIXED, WSS])('rejects a tombstone under %p', (mapping) => {
    expect(decode(mapping, null, bytes({ event_type: 'made', visibility: 'broadcast' }))).toMatchObject({
      ok: false,
      reason: 'no_value',
    });
  });

  it('throws for no message whatever', () => {
    const value = fc.option(
      fc.oneof(fc.json(), fc.string()).map((text) => Buffer.from(text)),
      { nil: null },
    );
    const header = fc.uint8Array().map((array) => Buffer.from(array));
    const headers = fc.dictionary(fc.constantFrom('event_type', 'visibility', 'uuid', '__proto__', 'x'), header);

    fc.assert(
      fc.property(fc.constantFrom(HEADERS, FIXED, WSS), value, headers, (mapping, body, table) => {
        const decoded = decodeKafkaMessage(mapping, { value: body, headers: table }, 7);
        expect(typeof decoded.ok).toBe('boolean');
      }),
    );
  });
});
