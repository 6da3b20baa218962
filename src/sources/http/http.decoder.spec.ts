import * as fc from 'fast-check';
import { decodeMessage, headersOf } from '../index.js';
import { decodeBody } from './http.decoder.js';

const minimal = { channel: 'news', event: 'flash', visibility: 'broadcast', data: 1 };
const direct = { ...minimal, visibility: 'direct', userId: 'ada' };

function decode(body: unknown, maxEventBytes = 1_000) {
  return decodeText(JSON.stringify(body), maxEventBytes);
}

function decodeText(text: string, maxEventBytes = 1_000) {
  return decodeBody(Buffer.from(text), maxEventBytes);
}

function eventOf(body: unknown) {
  const decoded = decode(body);
  if (!decoded.ok) throw new Error(decoded.faults.join());
  return decoded.events[0];
}

function faultsOf(body: unknown): readonly string[] {
  const decoded = decode(body);
  return decoded.ok ? [] : decoded.faults;
}

describe('decodeBody', () => {
  it('reads an event with the least there is to say', () => {
    expect(eventOf(minimal)).toEqual({
      channel: 'news',
      name: 'flash',
      audience: { kind: 'broadcast', role: undefined },
      retention: undefined,
      cacheKey: undefined,
      payload: Buffer.from('1'),
      receivedAt: expect.any(Number) as number,
    });
  });

  it('reads an event with everything', () => {
    expect(eventOf({ ...direct, role: 'admin', cacheTtl: 60, cacheKey: 'k' })).toMatchObject({
      audience: { kind: 'direct', userId: 'ada', role: 'admin' },
      retention: 60,
      cacheKey: 'k',
    });
  });

  it('reads an event for nobody', () => {
    expect(eventOf({ ...minimal, visibility: 'internal' })?.audience).toEqual({ kind: 'internal' });
  });

  it.each([
    [undefined, undefined],
    [null, undefined],
    ['', undefined],
    ['any', undefined],
    ['admin', 'admin'],
  ])('reads the role %j as the filter %j', (role, filter) => {
    expect(eventOf({ ...minimal, role })?.audience).toEqual({ kind: 'broadcast', role: filter });
  });

  it.each([
    [undefined, undefined],
    [null, undefined],
    [0, undefined],
    [-1, 'forever'],
    [1, 1],
    [86_400, 86_400],
  ])('reads cacheTtl %j as retention %j', (cacheTtl, retention) => {
    expect(eventOf({ ...minimal, cacheTtl })?.retention).toBe(retention);
  });

  it('takes null for absent where a field may be absent', () => {
    expect(faultsOf({ ...minimal, userId: null, role: null, cacheTtl: null, cacheKey: null })).toEqual([]);
  });

  it('passes data on as it is written', () => {
    const decoded = decodeText(
      '{"channel":"a","event":"b","visibility":"broadcast","data":{ "b":1.10, "a":12345678901234567890 }}',
    );

    expect(decoded.ok && decoded.events[0]?.payload.toString()).toBe('{ "b":1.10, "a":12345678901234567890 }');
  });

  it('takes null as data', () => {
    expect(eventOf({ ...minimal, data: null })?.payload.toString()).toBe('null');
  });

  it('reads an array in its order, each event with its own data', () => {
    const decoded = decode([1, 2, 3].map((data) => ({ ...minimal, data })));

    expect(decoded.ok && decoded.events.map(({ payload }) => payload.toString())).toEqual(['1', '2', '3']);
  });

  describe('faults', () => {
    it.each([
      [{ ...minimal, channel: undefined }, 'channel must be a string'],
      [{ ...minimal, channel: null }, 'channel must be a string'],
      [{ ...minimal, channel: 1 }, 'channel must be a string'],
      [{ ...minimal, channel: '' }, 'channel should not be empty'],
      [{ ...minimal, channel: '***' }, 'channel should not be equal to ***'],
      [{ ...minimal, channel: 'chat' }, "channel must not be chat: this channel is Hermes's own"],
      [{ ...minimal, channel: 'ws_status' }, "channel must not be ws_status: this channel is Hermes's own"],
      [{ ...minimal, channel: 'hermes.chat' }, "channel must not be hermes.chat: this channel is Hermes's own"],
      [{ ...minimal, channel: 'x\ud800' }, 'channel must be well-formed text without the character U+FFFD'],
      [{ ...minimal, event: 'b\ufffdb' }, 'event must be well-formed text without the character U+FFFD'],
      [{ ...minimal, role: 'x\udfff' }, 'role must be well-formed text without the character U+FFFD'],
      [{ ...minimal, cacheKey: 'x\udfff' }, 'cacheKey must be well-formed text without the character U+FFFD'],
      [
        { ...minimal, visibility: 'direct', userId: 'bob\ud800' },
        'userId must be well-formed text without the character U+FFFD',
      ],
      [{ ...minimal, channel: 'x'.repeat(257) }, 'channel must have at most 256 characters, counted in UTF-16'],
      [{ ...minimal, event: undefined }, 'event must be a string'],
      [{ ...minimal, event: ['flash'] }, 'event must be a string'],
      [{ ...minimal, event: '' }, 'event should not be empty'],
      [{ ...minimal, event: '***' }, 'event should not be equal to ***'],
      [{ ...minimal, event: 'x'.repeat(257) }, 'event must have at most 256 characters, counted in UTF-16'],
      [
        { ...minimal, visibility: undefined },
        'visibility must be one of the following values: broadcast, direct, internal',
      ],
      [
        { ...minimal, visibility: 'public' },
        'visibility must be one of the following values: broadcast, direct, internal',
      ],
      [{ ...direct, userId: undefined }, 'userId must be a string'],
      [{ ...direct, userId: '' }, 'userId should not be empty'],
      [{ ...direct, userId: 7 }, 'userId must be a string'],
      [{ ...minimal, userId: 7 }, 'userId must be a string'],
      [{ ...minimal, role: ['admin'] }, 'role must be a string'],
      [{ ...minimal, role: 'x'.repeat(257) }, 'role must have at most 256 characters, counted in UTF-16'],
      [{ ...minimal, channel: '😀'.repeat(129) }, 'channel must have at most 256 characters, counted in UTF-16'],
      [{ ...direct, userId: 'x'.repeat(257) }, 'userId must have at most 256 characters, counted in UTF-16'],
      [{ ...minimal, userId: 'x'.repeat(257) }, 'userId must have at most 256 characters, counted in UTF-16'],
      ...['60', 1.5, -2, 2 ** 53, 1e17].map((cacheTtl): [object, string] => [
        { ...minimal, cacheTtl },
        'cacheTtl must be a whole number from -1 to 9007199254740991',
      ]),
      [{ ...minimal, cacheKey: 1 }, 'cacheKey must be a string'],
      [{ ...minimal, cacheKey: 'x'.repeat(257) }, 'cacheKey must have at most 256 characters, counted in UTF-16'],
      [{ ...minimal, data: undefined }, 'data must be there: any JSON value'],
      [{ ...minimal, data: 'x'.repeat(1_000) }, 'data must not be larger than 1000 bytes'],
    ])('of %j: %s', (body, fault) => {
      expect(faultsOf(body)).toContain(fault);
    });

    it('of a field that no event has', () => {
      expect(faultsOf({ ...minimal, user_id: 'ada' })).toEqual(['user_id is no field of an event']);
    });

    it('of several fields are told together', () => {
      const faults = faultsOf({ ...minimal, channel: '', visibility: 'public', cacheTtl: -2, colour: 'red' });

      expect(faults.map((fault) => fault.split(' ')[0]).toSorted()).toEqual([
        'cacheTtl',
        'channel',
        'colour',
        'visibility',
      ]);
    });

    it('in an array say which event they are about', () => {
      expect(faultsOf([minimal, { ...minimal, channel: '' }, { ...minimal, colour: 'red' }, 5])).toEqual([
        '[1].channel should not be empty',
        '[2].colour is no field of an event',
        '[3] must be an object',
      ]);
    });

    it('let nothing through, however much is right beside them', () => {
      expect(decode([minimal, minimal, { ...minimal, cacheTtl: 'x' }])).not.toHaveProperty('events');
    });

    it.each([null, 1, 'text', true])('of the body %j: it is no object', (body) => {
      expect(faultsOf(body)).toEqual(['the body must be an object']);
    });

    it('of an array in an array', () => {
      expect(faultsOf([[minimal]])).toEqual(['[0] must be an object']);
    });

    it('of an empty array', () => {
      expect(faultsOf([])).toEqual(['the array must hold at least one event']);
    });

    it.each(['', '{', '{"channel":}', 'undefined', '{}{}'])('of %j: it is not JSON', (text) => {
      expect(decodeText(text)).toEqual({ ok: false, faults: ['the body must be JSON'] });
    });

    it('of bytes that are no UTF-8, rather than pass on something else', () => {
      const body = Buffer.from(JSON.stringify({ ...minimal, data: '?' }));
      body[body.indexOf('?')] = 0xff;

      expect(decodeBody(body, 1_000)).toEqual({ ok: false, faults: ['the body must be UTF-8'] });
    });

    it('count data in bytes, not in characters', () => {
      expect(decode({ ...minimal, data: 'ää' }, 6).ok).toBe(true);
      expect(decode({ ...minimal, data: 'ää' }, 5).ok).toBe(false);
    });
  });

  it('is not led astray by keys that mean something to JavaScript', () => {
    for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      for (const value of ['null', '1', '{}', '{"visibility":"direct"}', '{"prototype":null}']) {
        const text = JSON.stringify(minimal).replace('{', `{"${key}":${value},`);
        expect(decodeText(text)).toEqual({ ok: false, faults: [`${key} is no field of an event`] });
      }
    }
  });

  it('answers whatever it is given, and never throws', () => {
    const field = fc.constantFrom(...Object.keys(direct), 'role', 'cacheTtl', 'cacheKey', '__proto__', 'x');
    const anyBody = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(field, fc.jsonValue()),
      fc.array(fc.dictionary(field, fc.jsonValue())),
    );
    fc.assert(
      fc.property(anyBody, (body) => {
        const decoded = decode(body);

        expect(decoded.ok ? decoded.events.length : decoded.faults.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });

  it('accepts nothing that the nodes would refuse, or read as something else', () => {
    const name = fc.oneof(fc.constant('😀'.repeat(128)), fc.string({ unit: 'grapheme', maxLength: 300 }));
    const seconds = fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }));
    const anyEvent = fc.record(
      { channel: name, event: name, userId: name, role: name, cacheKey: name, cacheTtl: seconds },
      { requiredKeys: ['channel', 'event'] },
    );
    fc.assert(
      fc.property(anyEvent, fc.constantFrom('broadcast', 'direct', 'internal'), (fields, visibility) => {
        const decoded = decode({ ...fields, visibility, data: 1 });
        for (const event of decoded.ok ? decoded.events : []) {
          const { channel, payload: body, receivedAt } = event;
          const message = { channel, headers: headersOf(event), body, receivedAt };
          // An empty key is none.
          const cacheKey = event.cacheKey || undefined;

          expect(decodeMessage(message)).toEqual({ ok: true, event: { ...event, cacheKey }, warning: undefined });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes no more events at once than one turn of the event loop can bear', () => {
    const many = `[${Array(10_001).fill('{}').join(',')}]`;

    expect(decodeBody(Buffer.from(many), 1_000)).toEqual({
      ok: false,
      faults: [expect.stringMatching(/at most 10000 events.*ndjson/)],
    });
  });

  it('stops at the twentieth fault', () => {
    const bad = decodeBody(Buffer.from(`[${Array(10_000).fill('{}').join(',')}]`), 1_000);

    expect(bad.ok ? [] : bad.faults).toHaveLength(20);
  });
});
