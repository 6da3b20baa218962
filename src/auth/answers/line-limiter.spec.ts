import { LineLimiter } from './line-limiter.js';

describe('lines that strangers can cause', () => {
  it('are one a second for each address, which says how many were held back', () => {
    const lines = new LineLimiter();
    expect([lines.admit('a', 0), lines.admit('a', 1), lines.admit('b', 2), lines.admit('a', 999)]).toEqual([
      0,
      undefined,
      0,
      undefined,
    ]);
    expect([lines.admit('a', 1_000), lines.admit('a', 2_000)]).toEqual([2, 0]);
  });

  it('stay few from however many addresses they come', () => {
    const lines = new LineLimiter();
    const written = (at: number) =>
      Array.from({ length: 10_000 }, (_, index) => lines.admit(`${index}`, at)).filter((line) => line !== undefined);
    expect(written(0)).toHaveLength(65);
    expect(written(5_000).length).toBeLessThanOrEqual(130);
    expect(lines.admit('another', 10_000)).toBe(0);
  });
});
