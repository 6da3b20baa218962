import { randomUUID } from 'node:crypto';
import { sessionNumber } from './session-number.js';

describe('the number of a session', () => {
  it('is a whole number that every language reads, another one for each session', () => {
    const numbers = Array.from({ length: 10_000 }, () => sessionNumber(randomUUID()));
    expect(numbers.every((number) => Number.isSafeInteger(number) && number >= 0)).toBe(true);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('stays the same, and is written with digits alone', () => {
    const id = randomUUID();
    expect(sessionNumber(id)).toBe(sessionNumber(id));
    expect(JSON.stringify(sessionNumber(id))).toMatch(/^\d+$/);
  });
});
