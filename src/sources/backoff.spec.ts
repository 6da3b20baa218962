import { Backoff } from './backoff.js';

function waits(backoff: Backoff, count: number): number[] {
  return Array.from({ length: count }, () => backoff.next());
}

describe('Backoff', () => {
  it('doubles up to its bound', () => {
    expect(waits(new Backoff(2_000, () => 1), 5)).toEqual([250, 500, 1_000, 2_000, 2_000]);
  });

  it('leaves half of each wait to chance', () => {
    expect(waits(new Backoff(2_000, () => 0), 5)).toEqual([125, 250, 500, 1_000, 1_000]);
  });

  it('begins anew after a reset', () => {
    const backoff = new Backoff(2_000, () => 1);
    waits(backoff, 4);
    backoff.reset();

    expect(backoff.next()).toBe(250);
  });

  it('stays at its bound for ever', () => {
    expect(waits(new Backoff(10_000, () => 1), 2_000).at(-1)).toBe(10_000);
  });
});
