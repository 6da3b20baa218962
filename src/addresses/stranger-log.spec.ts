import { excerpt, StrangerLog } from './stranger-log.js';

describe('StrangerLog', () => {
  it('writes five lines a second, and with the next how many were left out', () => {
    const lines: object[] = [];
    const log = new StrangerLog((entry) => lines.push(entry));

    for (let n = 0; n < 8; n++) log.add({ n }, 10);
    log.add({ n: 8 }, 1_010);
    log.add({ n: 9 }, 1_020);

    expect(lines).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }, { n: 8, unsaid: 3 }, { n: 9 }]);
  });
});

describe('excerpt', () => {
  it('repeats 200 characters and no more', () => {
    expect(excerpt('x'.repeat(200))).toBe('x'.repeat(200));
    expect(excerpt('x'.repeat(201))).toBe(`${'x'.repeat(200)}…`);
    expect(excerpt(undefined)).toBeUndefined();
  });
});
