import { backOff } from './back-off.js';

describe('back-off', () => {
  it('doubles its limit with each try, up to 30 seconds', () => {
    const limits = [0, 1, 2, 3, 6, 10, 2_000].map((attempt) => backOff(attempt, () => 1));
    expect(limits).toEqual([500, 1_000, 2_000, 4_000, 30_000, 30_000, 30_000]);
  });

  it('spreads over the whole range, from at once', () => {
    expect(backOff(3, () => 0)).toBe(0);
    expect(backOff(3, () => 0.25)).toBe(1_000);
  });
});
