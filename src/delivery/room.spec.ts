import * as fc from 'fast-check';
import { blurred, maskOf, roomOf, shapeOf } from './room.js';

const aRoom = fc.dictionary(fc.string({ unit: 'binary', maxLength: 3 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 });

/** The same value with the keys of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

function textOf(value: unknown): string | undefined {
  return roomOf(value)?.text;
}

describe('a room', () => {
  it('is the same whatever the order of its keys, at every depth', () => {
    fc.assert(
      fc.property(aRoom, (room) => {
        expect(textOf(reversed(room))).toBe(textOf(room));
      }),
    );
  });

  it('is written as JSON that reads as itself', () => {
    fc.assert(
      fc.property(aRoom, (room) => {
        const text = textOf(room) ?? JSON.stringify(room);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(room)));
      }),
    );
  });

  it.each([
    [{ a: 1 }, { a: '1' }],
    [{ a: null }, { a: 'null' }],
    [{ a: true }, { a: 1 }],
    [{ a: [1, 2] }, { a: [2, 1] }],
    [{ a: {} }, { a: [] }],
    [{ 'a":1,"b': 1 }, { a: 1, b: 1 }],
    [{ a: '*' }, { a: 1 }],
    [{ __proto__x: 1 }, {}],
  ])('%j is not %j', (one, other) => {
    expect(textOf(one)).not.toBe(textOf(other));
  });

  it('keeps a key that is called __proto__', () => {
    expect(textOf(JSON.parse('{"__proto__":{"b":1}}'))).toBe('{"__proto__":{"b":1}}');
  });

  it.each([
    ['an array', []],
    ['a string', 'lobby'],
    ['null', null],
    ['nothing', undefined],
    ['an object with a number that has lost digits', JSON.parse('{"id":9007199254740993}')],
    ['an object with such a number further down', JSON.parse('{"id":[{"x":-9007199254740993}]}')],
    ['an object with a number past all numbers', JSON.parse('{"id":1e400}')],
    ['too large an object', { id: 'x'.repeat(5_000) }],
    ['too deep an object', JSON.parse(`{"id":${'['.repeat(30_000)}${']'.repeat(30_000)}}`)],
  ])('is not %s', (_, value) => {
    expect(roomOf(value)).toBeUndefined();
  });

  it('has a shape, a mask and looks less sharp through another mask', () => {
    const room = roomOf({ b: '*', a: 1, c: ['*'] });
    if (room === undefined) throw new Error('no room');

    expect([shapeOf(room), maskOf(room)]).toEqual(['"a","b","c"', '010']);
    expect(blurred(room, '101').text).toBe('{"a":"*","b":"*","c":"*"}');
    expect(blurred(room, '000')).toBe(room);
  });
});
