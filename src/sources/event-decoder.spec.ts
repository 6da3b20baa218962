import * as fc from 'fast-check';
import type { HermesEvent } from '../delivery/index.js';
import { decodeMessage, type DecodedMessage } from './event-decoder.js';
import { headersOf } from './event-encoder.js';

function decode(headers: unknown, channel = 'news', body = Buffer.from('{}')): DecodedMessage {
  return decodeMessage({ channel, headers, body, receivedAt: 7 });
}

/** A broadcast that is in order, but for these headers. */
function aBroadcastWith(headers: Readonly<Record<string, unknown>>): DecodedMessage {
  return decode({ event_type: 'made', visibility: 'broadcast', ...headers });
}

function eventOf(decoded: DecodedMessage): HermesEvent {
  if (!decoded.ok) throw new Error(`rejected: ${decoded.detail}`);
  return decoded.event;
}

function reasonOf(decoded: DecodedMessage): string {
  return decoded.ok ? 'accepted' : decoded.reason;
}

describe('decodeMessage', () => {
  it('makes an event of a message', () => {
    const headers = {
      event_type: 'made',
      visibility: 'direct',
      uuid: 'u1',
      role: 'admin',
      cache_ttl: 60,
      cache_key: 'k',
    };

    expect(decode(headers)).toEqual({
      ok: true,
      warning: undefined,
      event: {
        channel: 'news',
        name: 'made',
        audience: { kind: 'direct', userId: 'u1', role: 'admin' },
        retention: 60,
        cacheKey: 'k',
        payload: Buffer.from('{}'),
        receivedAt: 7,
      },
    });
  });

  it('prefers the header channel to the exchange', () => {
    expect(eventOf(aBroadcastWith({ channel: 'sports' })).channel).toBe('sports');
    expect(eventOf(aBroadcastWith({ channel: '' })).channel).toBe('news');
  });

  it.each([
    ['broadcast', { kind: 'broadcast', role: undefined }],
    ['internal', { kind: 'internal' }],
  ])('reads visibility %s', (visibility, audience) => {
    expect(eventOf(decode({ event_type: 'made', visibility })).audience).toEqual(audience);
  });

  it.each([undefined, null, '', 'any'])('takes role %p for no filter', (role) => {
    expect(eventOf(aBroadcastWith({ role })).audience).toEqual({ kind: 'broadcast', role: undefined });
  });

  it('takes a number for a user id', () => {
    expect(eventOf(aBroadcastWith({ visibility: 'direct', uuid: 42 })).audience).toMatchObject({ userId: '42' });
  });

  it('looks at uuid for direct events only', () => {
    expect(reasonOf(aBroadcastWith({ uuid: true }))).toBe('accepted');
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['missing_event_type', { event_type: undefined }],
    ['missing_event_type', { event_type: '' }],
    ['missing_event_type', { event_type: null }],
    ['bad_header', { event_type: 1 }],
    ['bad_header', { event_type: Buffer.from('made') }],
    ['reserved_name', { event_type: '***' }],
    ['name_too_long', { event_type: 'x'.repeat(257) }],
    ['bad_visibility', { visibility: undefined }],
    ['bad_visibility', { visibility: 'Broadcast' }],
    ['bad_visibility', { visibility: 1 }],
    ['bad_visibility', { visibility: Buffer.from('direct') }],
    ['missing_uuid', { visibility: 'direct' }],
    ['missing_uuid', { visibility: 'direct', uuid: '' }],
    ['bad_header', { visibility: 'direct', uuid: true }],
    ['bad_header', { visibility: 'direct', uuid: 1.5 }],
    ['bad_header', { visibility: 'direct', uuid: 2 ** 53 }],
    ['name_too_long', { visibility: 'direct', uuid: 'x'.repeat(257) }],
    ['bad_header', { role: 1 }],
    ['bad_header', { role: { admin: true } }],
    ['bad_header', { role: ['admin'] }],
    ['bad_header', { role: { '!': 'timestamp', value: 1 } }],
    ['name_too_long', { role: 'x'.repeat(257) }],
    ['bad_header', { channel: 5 }],
    ['reserved_name', { channel: '***' }],
    ['name_too_long', { channel: 'x'.repeat(257) }],
    ['bad_header', { cache_key: 5 }],
  ])('rejects as %s the headers %p', (reason, headers) => {
    expect(reasonOf(aBroadcastWith(headers))).toBe(reason);
  });

  it('takes names of 256 characters', () => {
    expect(reasonOf(aBroadcastWith({ event_type: 'x'.repeat(256) }))).toBe('accepted');
  });

  it('rejects what came past every exchange and names no channel', () => {
    expect(reasonOf(decode({ event_type: 'made', visibility: 'broadcast' }, ''))).toBe('missing_channel');
  });

  it.each(['ws_status', 'chat', 'hermes.chat', 'hermes.topics', 'hermes.events', 'hermes.'])(
    'keeps the channel %s for Hermes, whatever names it and whoever is meant',
    (channel) => {
      for (const headers of [
        { visibility: 'broadcast' },
        { visibility: 'direct', uuid: 'u1' },
        { visibility: 'internal' },
      ]) {
        expect(reasonOf(decode({ event_type: 'made', ...headers, channel }))).toBe('reserved_name');
        expect(reasonOf(decode({ event_type: 'made', ...headers }, channel))).toBe('reserved_name');
      }
    },
  );

  it.each(['chat ', 'Chat', 'chats', 'hermes', 'hermesx.chat', 'wss'])(
    'has nothing against the channel %j',
    (channel) => {
      expect(reasonOf(aBroadcastWith({ channel }))).toBe('accepted');
    },
  );

  it('believes of the bus what nodes tell each other, and nothing there that clients could see', () => {
    const said = (visibility: string): string => {
      const headers = { event_type: 'head', visibility, channel: 'hermes.chat' };
      return reasonOf(decodeMessage({ channel: '', headers, body: Buffer.from('{}'), receivedAt: 7, byBus: true }));
    };

    expect(said('internal')).toBe('accepted');
    expect(said('broadcast')).toBe('reserved_name');
  });

  it.each(['channel', 'event_type', 'uuid', 'role', 'cache_key'])('rejects a %s that is no text', (header) => {
    for (const damaged of ['b\ufffdb', 'bob\ud800', '\udfffbob']) {
      const headers = { event_type: 'made', visibility: 'direct', uuid: 'u1', [header]: damaged };
      expect(reasonOf(decode(headers))).toBe('bad_name');
    }
  });

  it('rejects an exchange whose name is no text or too long', () => {
    expect(reasonOf(decode({ event_type: 'made', visibility: 'broadcast' }, 'b\ufffdb'))).toBe('bad_name');
    expect(reasonOf(decode({ event_type: 'made', visibility: 'broadcast' }, 'x'.repeat(257)))).toBe('name_too_long');
  });

  it('rejects rooms whose text is damaged', () => {
    expect(reasonOf(decode({ event_type: 'made', visibility: 'rooms', rooms: '[{"a":"b\ufffd"}]' }))).toBe('bad_rooms');
  });

  it('rejects an exchange with the reserved name', () => {
    expect(reasonOf(decode({ event_type: 'made', visibility: 'broadcast' }, '***'))).toBe('reserved_name');
  });

  it.each([undefined, null, 'text', 5])('rejects headers that are %p', (headers) => {
    expect(reasonOf(decode(headers))).toBe('missing_event_type');
  });

  it('takes nothing from the prototype of the table', () => {
    expect(reasonOf(decode(Object.create({ event_type: 'made', visibility: 'broadcast' })))).toBe('missing_event_type');
  });

  it.each<[unknown, unknown, boolean]>([
    [undefined, undefined, false],
    [null, undefined, false],
    [0, undefined, false],
    ['0', undefined, false],
    [60, 60, false],
    ['60', 60, false],
    [-1, 'forever', false],
    ['-1', 'forever', false],
    [-2, undefined, true],
    [1.5, undefined, true],
    [Number.NaN, undefined, true],
    [2 ** 60, undefined, true],
    ['soon', undefined, true],
    ['', undefined, true],
    [' 60', undefined, true],
    ['1e3', undefined, true],
    ['9'.repeat(16), undefined, true],
    [true, undefined, true],
    [Buffer.from('60'), undefined, true],
    [{ '!': 'decimal', value: { places: 0, digits: 60 } }, undefined, true],
  ])('reads cache_ttl %p as %p and warns: %p', (cacheTtl, retention, warns) => {
    const decoded = aBroadcastWith({ cache_ttl: cacheTtl });

    expect(eventOf(decoded).retention).toBe(retention);
    expect(decoded).toMatchObject({ warning: warns ? 'bad_cache_ttl' : undefined });
  });

  it('repeats no more than a little of what a producer wrote', () => {
    const decoded = aBroadcastWith({ visibility: 'x'.repeat(100_000) });

    expect(decoded.ok ? '' : decoded.detail).toMatch(/^.{50,200}$/);
  });

  it('throws for no headers whatever', () => {
    const value = fc.anything({ withBigInt: true, withDate: true, withTypedArray: true, withNullPrototype: true });
    const words = fc.constantFrom('broadcast', 'direct', 'internal', '***', '', 'made');
    const any = fc.oneof(words, value);
    const table = fc.record(
      { channel: any, event_type: any, visibility: any, uuid: any, role: any, cache_ttl: any, cache_key: any },
      { requiredKeys: [] },
    );

    fc.assert(
      fc.property(fc.oneof(table, value), fc.string(), (headers, exchange) => {
        const decoded = decode(headers, exchange);
        expect(decoded.ok ? decoded.event.name : decoded.detail).not.toBe('');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('headersOf', () => {
  it('gives every node the event that was published', () => {
    const name = fc.string({ minLength: 1, maxLength: 256 }).filter((text) => text !== '***');
    const role = fc.option(
      name.filter((text) => text !== 'any'),
      { nil: undefined },
    );
    const event = fc.record({
      channel: name,
      name,
      audience: fc.oneof(
        fc.record({ kind: fc.constant('broadcast' as const), role }),
        fc.record({ kind: fc.constant('direct' as const), userId: name, role }),
        fc.record({ kind: fc.constant('internal' as const) }),
      ),
      retention: fc.option(fc.oneof(fc.constant('forever' as const), fc.integer({ min: 1 })), { nil: undefined }),
      cacheKey: fc.option(name, { nil: undefined }),
      payload: fc.constant(Buffer.from('{}')),
      receivedAt: fc.constant(7),
    });

    fc.assert(
      fc.property(event, (published) => expect(decode(headersOf(published))).toMatchObject({ event: published })),
    );
  });
});
