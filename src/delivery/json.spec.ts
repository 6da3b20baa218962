import { isRecord, parseJson } from './json.js';

describe('parseJson', () => {
  it('reads JSON', () => {
    expect(parseJson('{"a":[1,null]}')).toEqual({ a: [1, null] });
    expect(parseJson('null')).toBeNull();
  });

  it.each(['', '{', 'undefined', "{'a':1}"])('says of %j that it is none', (text) => {
    expect(parseJson(text)).toBeUndefined();
  });
});

describe('isRecord', () => {
  it('takes objects', () => {
    expect(isRecord({})).toBe(true);
    expect(isRecord(parseJson('{"__proto__":1}'))).toBe(true);
  });

  it.each([[[]], [null], ['text'], [1], [undefined]])('takes no %j', (value) => {
    expect(isRecord(value)).toBe(false);
  });
});
