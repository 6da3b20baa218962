import * as fc from 'fast-check';
import { roomOf, type HermesEvent, type Room } from '../delivery/index.js';
import { decodeMessage } from './event-decoder.js';
import { headersOf } from './event-encoder.js';
import { decodeTrigger, triggerEvents } from './trigger.js';

function decoded(text: string): { rooms: readonly Room[]; payload: Buffer } {
  const trigger = decodeTrigger(Buffer.from(text));
  if (!trigger.ok) throw new Error(trigger.detail);
  return trigger;
}

/** The event as another node reads it. */
function carried(event: HermesEvent): HermesEvent {
  const message = decodeMessage({ channel: 'x', headers: headersOf(event), body: event.payload, receivedAt: 5 });
  if (!message.ok) throw new Error(message.detail);
  return message.event;
}

function roomsIn({ audience }: HermesEvent): readonly Room[] {
  return audience.kind === 'rooms' ? audience.rooms : [];
}

const aRoom = fc
  .dictionary(fc.string({ unit: 'binary', maxLength: 5 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
  .filter((value) => roomOf(value) !== undefined);

describe('a trigger', () => {
  it('keeps its data as it was written', () => {
    const { rooms, payload } = decoded(
      ' { "rooms" : [{"b":1,"a":"x"}], "data" : {"n": 1.0, "n":12345678901234567890} } ',
    );

    expect(rooms.map(({ text }) => text)).toEqual(['{"a":"x","b":1}']);
    expect(payload.toString()).toBe('{"n": 1.0, "n":12345678901234567890}');
  });

  it.each([
    ['rubbish', 'not_json'],
    ['', 'not_json'],
    ['null', 'missing_rooms'],
    ['{"data":1}', 'missing_rooms'],
    ['{"rooms":[{}]}', 'missing_data'],
    ['{"rooms":null,"data":1}', 'bad_rooms'],
    ['{"rooms":[1],"data":1}', 'bad_rooms'],
    ['{"rooms":[{"a":"b\\ud800"}],"data":1}', 'bad_rooms'],
    ['{"rooms":[{},{"a":["b\ufffd"]}],"data":1}', 'bad_rooms'],
    [`{"rooms":[${'{},'.repeat(10_000)}{}],"data":1}`, 'bad_rooms'],
  ])('is not %.40s', (text, reason) => {
    expect(decodeTrigger(Buffer.from(text))).toMatchObject({ ok: false, reason });
  });

  it('is not a body in another encoding', () => {
    expect(decodeTrigger(Buffer.from('{"rooms":[{}],"data":"é"}', 'latin1'))).toMatchObject({ reason: 'not_json' });
  });

  it('comes to every node as it was, in headers that fit into a frame of the broker', () => {
    fc.assert(
      fc.property(fc.array(aRoom, { maxLength: 20 }), fc.integer({ min: 1, max: 300 }), (values, times) => {
        const list = Array.from({ length: times }, () => values).flat();
        const { rooms, payload } = decoded(JSON.stringify({ rooms: list, data: 1 }));
        const events = triggerEvents(rooms, payload, 5);
        const sizes = events.map((event) => Buffer.byteLength(String(headersOf(event)['rooms'])));
        expect(Math.max(...sizes)).toBeLessThan(60_000);
        expect(events.map(carried)).toEqual(events);
        expect(events.flatMap(roomsIn)).toEqual(rooms);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the header rooms', () => {
  it.each([
    [undefined, 'header rooms must be a JSON array of objects as text, is missing'],
    [['lobby'], 'header rooms must be a JSON array of objects as text, is an array'],
    ['lobby', 'header rooms must be a JSON array of objects'],
    ['["lobby"]', 'header rooms[0] must be an object'],
  ])('that is %j is refused', (rooms, detail) => {
    const headers = { event_type: 'publish', visibility: 'rooms', rooms };
    const message = decodeMessage({ channel: 'x', headers, body: Buffer.from('1'), receivedAt: 0 });

    expect(message).toEqual({ ok: false, reason: 'bad_rooms', detail: expect.stringContaining(detail) });
  });
});
