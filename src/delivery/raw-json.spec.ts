import * as fc from 'fast-check';
import { elements, member } from './raw-json.js';

/** JSON text of a value, with white space wherever JSON allows it. */
function spaced(value: unknown, spaces: readonly string[]): string {
  let next = 0;
  const space = (): string => spaces[next++ % spaces.length] ?? '';
  const write = (part: unknown): string => {
    if (Array.isArray(part)) return `[${space()}${part.map((item) => write(item) + space()).join(`,${space()}`)}]`;
    if (typeof part !== 'object' || part === null) return JSON.stringify(part);
    const members = Object.entries(part).map(
      ([key, item]) => `${JSON.stringify(key)}${space()}:${space()}${write(item)}${space()}`,
    );
    return `{${space()}${members.join(`,${space()}`)}}`;
  };
  return space() + write(value) + space();
}

const anySpaces = fc.array(fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 }), { minLength: 1 });
const anyObject = fc.dictionary(
  fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '"', '\\', '}', '__proto__', 'toString')),
  fc.jsonValue(),
);

describe('member', () => {
  it.each([
    ['{"data":1}', '1'],
    ['{"data":"a"}', '"a"'],
    ['{"data":null}', 'null'],
    ['{"data":{"a":[1,{"b":"}"}]}}', '{"a":[1,{"b":"}"}]}'],
    ['{"data":"\\"}]\\\\"}', '"\\"}]\\\\"'],
    ['\n{ "other" : [1, 2] ,\t"data" : [ 1 , 2 ] \r\n}\n', '[ 1 , 2 ]'],
    ['{"nested":{"data":1},"data":2}', '2'],
    ['{"data":-1.5e+10}', '-1.5e+10'],
  ])('of %j is %s, as it is written', (text, found) => {
    expect(member(text, 'data')).toBe(found);
  });

  it.each(['{}', ' { } ', '{"nested":{"data":1}}', '{"Data":1}', '{"data ":1}', '{"a":"data"}'])(
    'of %j is not there',
    (text) => {
      expect(member(text, 'data')).toBeUndefined();
    },
  );

  it('keeps the digits of numbers that JavaScript would round', () => {
    expect(member('{"data":12345678901234567890.10}', 'data')).toBe('12345678901234567890.10');
    expect(member('{"data":{"price":1e400,"amount":0.30000000000000004000}}', 'data')).toBe(
      '{"price":1e400,"amount":0.30000000000000004000}',
    );
  });

  it('keeps the order of keys and those that stand there twice', () => {
    expect(member('{"data":{"b":1,"2":2,"a":3,"1":4,"a":5}}', 'data')).toBe('{"b":1,"2":2,"a":3,"1":4,"a":5}');
  });

  it('is the last one when the key stands there twice, as in JSON.parse', () => {
    expect(member('{"data":1,"data":2}', 'data')).toBe('2');
    expect(member('{"data":1,"d\\u0061ta":3}', 'data')).toBe('3');
  });

  it('is found where JSON.parse finds it, in any object written in any way', () => {
    fc.assert(
      fc.property(anyObject, anySpaces, (object, spaces) => {
        const text = spaced(object, spaces);
        const parsed = JSON.parse(text) as Record<string, unknown>;

        for (const key of [...Object.keys(object), 'absent from all']) {
          const found = member(text, key);
          expect(found === undefined ? undefined : JSON.parse(found)).toEqual(
            Object.hasOwn(parsed, key) ? parsed[key] : undefined,
          );
        }
      }),
    );
  });

  it('is cut out without white space around it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), anySpaces, (data, spaces) => {
        const found = member(spaced({ before: 1, data, after: 2 }, spaces), 'data');

        expect(found).toBe(found?.trim());
        expect(JSON.parse(found ?? '')).toEqual(JSON.parse(JSON.stringify(data)));
      }),
    );
  });

  it('is found behind 100,000 brackets', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);

    expect(member(`{"deep":${deep},"data":${deep}}`, 'data')).toBe(deep);
  });
});

describe('elements', () => {
  it.each([
    ['[]', []],
    [' [ ] ', []],
    ['[1,2]', ['1', '2']],
    [' [ {"a":"],["} , [1,[2]] ,"]" ]', ['{"a":"],["}', '[1,[2]]', '"]"']],
    ['{"a":1}', ['{"a":1}']],
  ])('of %j are %j', (text, found) => {
    expect(elements(text)).toEqual(found);
  });

  it('are those that JSON.parse finds, in any array written in any way', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), anySpaces, (array, spaces) => {
        const text = spaced(array, spaces);

        expect(elements(text).map((element) => JSON.parse(element) as unknown)).toEqual(JSON.parse(text));
      }),
    );
  });
});
