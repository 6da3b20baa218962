import type { ChannelPosition } from '@hermes/protocol';
import { Marks } from './marks.js';

describe('marks', () => {
  let told: ChannelPosition[];
  let listening: boolean;
  let marks: Marks;

  beforeEach(() => {
    jest.useFakeTimers();
    told = [];
    listening = true;
    marks = new Marks((mark) => {
      if (listening) told.push(mark);
      return listening;
    });
  });

  afterEach(() => jest.useRealTimers());

  it('tell the highest position of each channel, a while after the first', () => {
    for (const position of [1, 3, 2, 0]) marks.note({ channelId: 'a', position });
    marks.note({ channelId: 'b', position: 1 });
    expect(told).toEqual([]);
    jest.runAllTimers();
    expect(told).toEqual([
      { channelId: 'a', position: 3 },
      { channelId: 'b', position: 1 },
    ]);
  });

  it('come no faster than a server takes them', () => {
    for (let channel = 0; channel < 50; channel++) marks.note({ channelId: `c${channel}`, position: 1 });
    const rounds: number[] = [];
    while (jest.getTimerCount() > 0) {
      jest.runOnlyPendingTimers();
      rounds.push(told.length);
    }
    expect(rounds).toEqual([20, 40, 50]);
  });

  it('wait while nobody listens', () => {
    listening = false;
    marks.note({ channelId: 'a', position: 1 });
    jest.runOnlyPendingTimers();
    listening = true;
    jest.runOnlyPendingTimers();
    expect(told).toEqual([{ channelId: 'a', position: 1 }]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are all told at the end, except of channels that were left', () => {
    for (let channel = 0; channel < 50; channel++) marks.note({ channelId: `c${channel}`, position: 1 });
    marks.forget('c7');
    expect(marks.due).toBe(true);
    marks.finish();
    marks.note({ channelId: 'too late', position: 1 });
    expect(told).toHaveLength(49);
    expect(marks.due).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });
});
