import * as fc from 'fast-check';
import { headersOf, type WireHeader } from '../../../test/support/kafka/wire.js';
import { decodeKafkaMessage } from './kafka.decoder.js';
import type { TopicMapping } from './topic-mapping.js';

type Headers = readonly WireHeader[];

const HEADERS: TopicMapping = { kind: 'headers', topic: 'news' };
const FIXED: TopicMapping = { kind: 'fixed', topic: 'orders', channel: 'shop', event: 'changed' };
const WSS: TopicMapping = { kind: 'wss', topic: 'wss', channel: 'wss', visibility: 'broadcast' };

function decode(mapping: TopicMapping, value: string | null, headers: Headers = []): unknown {
  const body = value === null ? null : Buffer.from(value);
  return decodeKafkaMessage(mapping, { value: body, headers: headersOf(...headers) }, 7);
}

function bytes(headers: Readonly<Record<string, string>>): Headers {
  return Object.entries(headers);
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
    const headers = [...bytes({ event_type: 'a', visibility: 'broadcast' }), ...bytes({ event_type: 'b' })];

    expect(decode(HEADERS, '1', headers)).toMatchObject({ event: { name: 'b' } });
  });

  it.each<[string, Headers]>([
    ['missing_event_type', []],
    ['missing_event_type', bytes({ event_type: '', visibility: 'broadcast' })],
    ['bad_visibility', bytes({ event_type: 'made' })],
    ['bad_header', [...bytes({ visibility: 'broadcast' }), ['event_type', Buffer.from([0xff])]]],
    ['bad_visibility', [...bytes({ event_type: 'made' }), ['visibility', null]]],
  ])('rejects as %s the headers %p', (reason, headers) => {
    expect(decode(HEADERS, '1', headers)).toMatchObject({ ok: false, reason });
  });

  describe('a message with very many headers', () => {
    const many = Array.from({ length: 100_000 }, (_, index): WireHeader => [`h${index}`, null]);
    const made: Headers = bytes({ event_type: 'made', visibility: 'broadcast' });

    it('is refused before they are read', () => {
      expect(decode(HEADERS, '1', [...made, ...many])).toMatchObject({
        ok: false,
        reason: 'bad_header',
        detail: expect.stringMatching(/^the message has 100002 headers in \d+ bytes, the limits are 256 and 131072$/),
      });
      expect(decode(HEADERS, '1', [...made, ...many.slice(0, 254)])).toMatchObject({ ok: true });
      expect(decode(HEADERS, '1', [...made, ['x', 'x'.repeat(131_072)]])).toMatchObject({ reason: 'bad_header' });
    });

    it('is an event where headers are not looked at', () => {
      expect(decode(FIXED, '1', many)).toMatchObject({ ok: true });
    });

    it('is refused when it has fewer than it says', () => {
      const headers = { ...headersOf(...made), count: 3 };

      expect(decodeKafkaMessage(HEADERS, { value: Buffer.from('1'), headers }, 7)).toMatchObject({
        reason: 'bad_header',
      });
    });
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
    const name = fc.constantFrom('event_type', 'visibility', 'uuid', '__proto__', 'x');
    const headers = fc.array(fc.tuple(name, header)).map((list) => headersOf(...list));
    const rubbish = fc.record({ count: fc.integer(), bytes: header });

    fc.assert(
      fc.property(fc.constantFrom(HEADERS, FIXED, WSS), value, fc.oneof(headers, rubbish), (mapping, body, table) => {
        const decoded = decodeKafkaMessage(mapping, { value: body, headers: table }, 7);
        expect(typeof decoded.ok).toBe('boolean');
      }),
    );
  });
});
