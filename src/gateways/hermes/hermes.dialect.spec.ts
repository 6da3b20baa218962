import * as fc from 'fast-check';
import { anEvent, textOf, toEverybody, toUser, type EventDetails } from '../../../test/support/builders/index.js';
import { Refusal } from '../websocket/index.js';
import { hermesDialect } from './hermes.dialect.js';

/** A command as a client sends it; undefined leaves a member out. */
function aFrame(members: Record<string, unknown> = {}): string {
  return JSON.stringify({ channel: 'ws_status', event: 'subscribe', command: { channel: 'news' }, ...members });
}

function eventText(details: EventDetails): string {
  return textOf(hermesDialect.encoder.encode(anEvent(details)));
}

/** The message that answers a command that was carried out, if one does. */
function reply(name: string, id?: string | number, result?: unknown): unknown {
  const answer = hermesDialect.reply({ name, id, body: {} }, result);
  return typeof answer === 'string' ? JSON.parse(answer) : answer;
}

const anyName = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('"', '\\', '\n', '\u2028', '🎉', '}}', '__proto__'),
);

describe('the Hermes dialect', () => {
  describe('reading a frame', () => {
    it('finds the name, the id and the body of a command', () => {
      expect(hermesDialect.decode(aFrame({ id: 7 }))).toEqual({
        ok: true,
        command: { name: 'subscribe', id: 7, body: { channel: 'news' } },
      });
    });

    it.each([undefined, null])('takes the command %j for an empty one', (command) => {
      expect(hermesDialect.decode(aFrame({ command }))).toMatchObject({ ok: true, command: { body: {} } });
    });

    it('tells the commands of chat from others by their channel', () => {
      const command = { id: 'm1', recipient: 'bob', body: 'hi' };
      expect(hermesDialect.decode(aFrame({ channel: 'chat', event: 'send', command, id: 1 }))).toEqual({
        ok: true,
        command: { name: 'chat.send', id: 1, body: command },
      });
      expect(hermesDialect.decode(aFrame({ channel: 'chat', event: 'subscribe' }))).toMatchObject({
        command: { name: 'chat.subscribe' },
      });
    });

    it.each(['a', '', 0, -1.5])('takes %j for an id', (id) => {
      expect(hermesDialect.decode(aFrame({ id }))).toMatchObject({ ok: true, command: { id } });
    });

    it('overlooks members it does not know', () => {
      expect(hermesDialect.decode(aFrame({ colour: 'red' })).ok).toBe(true);
    });

    it.each([
      ['', 'a message is a JSON object'],
      ['{', 'a message is a JSON object'],
      ['null', 'a message is a JSON object'],
      ['[]', 'a message is a JSON object'],
      ['"subscribe"', 'a message is a JSON object'],
      ['{}', 'channel must be "ws_status" or "chat"'],
      [aFrame({ channel: 'news' }), 'channel must be "ws_status" or "chat"'],
      [aFrame({ channel: ['ws_status'] }), 'channel must be "ws_status" or "chat"'],
      [aFrame({ event: 'chat.send' }), 'event is not a known command'],
      [aFrame({ event: undefined }), 'event must be a string, the name of the command'],
      [aFrame({ event: 7 }), 'event must be a string, the name of the command'],
      [aFrame({ command: 'news' }), 'command must be an object'],
      [aFrame({ command: ['news'] }), 'command must be an object'],
      [aFrame({ id: null }), 'id must be a string or a number that JavaScript can hold'],
      [aFrame({ id: { a: 1 } }), 'id must be a string or a number that JavaScript can hold'],
      [aFrame({ id: true }), 'id must be a string or a number that JavaScript can hold'],
      [
        `{"channel":"ws_status","event":"handshake","id":1e999}`,
        'id must be a string or a number that JavaScript can hold',
      ],
      [
        `{"channel":"ws_status","event":"handshake","id":9007199254740993}`,
        'id must be a string or a number that JavaScript can hold',
      ],
    ])('says of %s: %s', (text, reason) => {
      expect(hermesDialect.decode(text)).toMatchObject({ ok: false, reason });
    });

    it('says it with the id, where there is one', () => {
      expect(hermesDialect.decode(aFrame({ id: 'x', event: 7 }))).toMatchObject({ ok: false, id: 'x' });
    });

    it('never throws and never repeats what it was sent, whatever that is', () => {
      const member = fc.constantFrom('channel', 'event', 'command', '__proto__', 'x');
      const record = fc.dictionary(member, fc.oneof(fc.jsonValue(), fc.constant('ws_status')));
      const text = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.json(),
        record.map((value) => JSON.stringify(value)),
      );
      const reasons = new Set<string>();
      fc.assert(
        fc.property(text, (frame) => {
          const decoded = hermesDialect.decode(frame);
          if (!decoded.ok) reasons.add(decoded.reason);
        }),
        { numRuns: 1_000 },
      );

      expect(reasons.size).toBeLessThanOrEqual(5);
    });

    it('survives brackets without end', () => {
      for (const text of ['['.repeat(60_000), `{"command":${'['.repeat(30_000)}${']'.repeat(30_000)}}`]) {
        expect(hermesDialect.decode(text).ok).toBe(false);
      }
    });
  });

  describe('an event frame', () => {
    it('says that it is a broadcast, or not when it is direct', () => {
      expect(eventText({ payload: '{"a":1}' })).toBe(
        '{"broadcast":true,"channel":"news","event":"flash","data":{"flash":{"a":1}}}',
      );
      expect(eventText({ audience: toUser('ada'), payload: '{"a":1}' })).toBe(
        '{"broadcast":false,"channel":"news","event":"flash","data":{"flash":{"a":1}}}',
      );
      expect(eventText({ audience: toEverybody('admin') })).toMatch('{"broadcast":true,');
    });

    it('carries the payload byte by byte as the producer wrote it', () => {
      const payload = ' { "b" : 1.10, "a" : 12345678901234567890, "a":"\\u00e4ä🎉\\/" }\n';

      expect(eventText({ payload })).toBe(
        `{"broadcast":true,"channel":"news","event":"flash","data":{"flash":${payload}}}`,
      );
    });

    it('is JSON whatever the channel, the event and the payload are called', () => {
      fc.assert(
        fc.property(anyName, anyName, fc.jsonValue(), (channel, name, value) => {
          const payload = JSON.stringify(value);
          const read = JSON.parse(eventText({ channel, name, payload })) as Record<string, unknown>;

          expect(Object.keys(read)).toEqual(['broadcast', 'channel', 'event', 'data']);
          expect([read['channel'], read['event']]).toEqual([channel, name]);
          expect(Object.entries(read['data'] as object)).toEqual([[name, JSON.parse(payload)]]);
        }),
      );
    });

    it('keeps names with half a surrogate pair out of the bytes, where they would be no UTF-8', () => {
      const frame = hermesDialect.encoder.encode(anEvent({ channel: '\ud83c', name: '\udf89' }));

      expect(textOf(frame)).toContain('"channel":"\\ud83c","event":"\\udf89"');
    });

    it('says nothing of whom it is for', () => {
      expect(eventText({ audience: toUser('ada', 'admin'), cacheKey: 'k', retention: 60 })).not.toMatch(/ada|admin|60/);
    });
  });

  describe('a reply', () => {
    it('to a handshake is the envelope alone', () => {
      expect(reply('handshake')).toEqual({ channel: 'ws_status', event: 'handshake' });
      expect(reply('handshake', 1)).toEqual({ channel: 'ws_status', event: 'handshake', id: 1 });
    });

    it.each(['subscribe', 'unsubscribe', 'mute', 'cache'])('to %s is silence without an id, 200 with one', (name) => {
      expect(reply(name)).toBeUndefined();
      expect(reply(name, 'x')).toEqual({ channel: 'ws_status', event: name, id: 'x', data: { resultCode: 200 } });
    });

    it.each(['', 0])('takes the id %j for one', (id) => {
      expect(reply('subscribe', id)).toMatchObject({ id });
    });

    it.each(['authorize', 'unauthorize'])('to %s is its result', (name) => {
      const data = { resultCode: 200, authorize: 'success' };

      expect(reply(name, undefined, data)).toEqual({ channel: 'ws_status', event: name, data });
      expect(reply(name, 7, data)).toEqual({ channel: 'ws_status', event: name, id: 7, data });
    });

    it('to a message of chat is where it is, with an id or without', () => {
      const data = { resultCode: 200, channelId: 'c', id: 'm1', position: 3, at: 5, duplicate: false };
      expect(reply('chat.send', undefined, data)).toEqual({ channel: 'chat', event: 'send', data });
      expect(reply('chat.send', 1, data)).toEqual({ channel: 'chat', event: 'send', id: 1, data });
    });

    it('to a mark of chat is silence without an id, 200 with one', () => {
      expect(reply('chat.read')).toBeUndefined();
      expect(reply('chat.read', 1)).toEqual({ channel: 'chat', event: 'read', id: 1, data: { resultCode: 200 } });
    });

    it('to a pong is silence, even with an id', () => {
      expect(reply('pong', 1)).toBeUndefined();
    });
  });

  describe('a refusal', () => {
    it('is an error with its code and its sentence', () => {
      expect(hermesDialect.refusal({ id: undefined }, new Refusal(400, 'a message is a JSON object'))).toEqual({
        channel: 'ws_status',
        event: 'error',
        data: { resultCode: 400, message: 'a message is a JSON object' },
      });
    });

    it('bears the id of the command', () => {
      expect(hermesDialect.refusal({ name: 'subscribe', id: 7 }, new Refusal(429, 'too many'))).toMatchObject({
        id: 7,
      });
    });

    it('of a role or an origin is an authorize that failed', () => {
      expect(hermesDialect.refusal({ name: 'authorize', id: 7 }, new Refusal(406, 'no'))).toEqual({
        channel: 'ws_status',
        event: 'authorize',
        id: 7,
        data: { resultCode: 406, authorize: 'failed' },
      });
    });

    it('of an authorize that could not be read is an error', () => {
      expect(hermesDialect.refusal({ name: 'authorize', id: 7 }, new Refusal(400, 'no token'))).toMatchObject({
        event: 'error',
        data: { resultCode: 400 },
      });
    });
  });

  it('pings with the plainest of messages', () => {
    expect(textOf(hermesDialect.ping ?? Buffer.alloc(0))).toBe('{"channel":"ws_status","event":"ping"}');
  });

  it('tells of an identity that has run out', () => {
    expect(textOf(hermesDialect.identityExpired ?? Buffer.alloc(0))).toBe(
      '{"channel":"ws_status","event":"authorize","data":{"resultCode":401,"authorize":"failed"}}',
    );
  });
});
