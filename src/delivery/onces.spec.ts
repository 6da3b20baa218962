import { Onces } from './onces.js';

describe('Onces', () => {
  let now = 0;
  const onces = (): Onces => new Onces({ now: () => now });

  it('know an id again until the window is over', () => {
    const seen = onces();
    seen.window = 1_000;
    expect([seen.isFirst('a'), seen.isFirst('a'), seen.isFirst('b')]).toEqual([true, false, true]);
    now += 999;
    expect(seen.isFirst('a')).toBe(false);
    now += 1;
    expect(seen.isFirst('a')).toBe(true);
  });

  it('are bounded: the oldest go first', () => {
    const seen = onces();
    for (let id = 0; id < 150_000; id++) seen.isFirst(String(id));
    expect(seen.size).toBe(100_000);
    expect([seen.isFirst('149999'), seen.isFirst('0')]).toEqual([false, true]);
  });
});
