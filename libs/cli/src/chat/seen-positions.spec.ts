import { SeenPositions } from './seen-positions.js';

describe('what a client has seen', () => {
  it('is new once; what has no position always is', () => {
    const seen = new SeenPositions();
    expect([1, 2, 2, 1, 5, 0, 0].map((position) => seen.take('c', position))).toEqual([
      true,
      true,
      false,
      false,
      true,
      true,
      true,
    ]);
    expect(seen.all()).toEqual([{ channelId: 'c', position: 5 }]);
    seen.forget('c');
    expect(seen.all()).toEqual([]);
  });

  it('is remembered for the thousand channels with the latest news', () => {
    const seen = new SeenPositions();
    for (let channel = 0; channel < 1_000; channel++) seen.take(`c${channel}`, 1);
    seen.take('c0', 2);
    seen.take('another', 1);
    const channels = new Set(seen.all().map(({ channelId }) => channelId));
    expect(channels.size).toBe(1_000);
    expect([channels.has('c0'), channels.has('c1'), channels.has('another')]).toEqual([true, false, true]);
  });
});
