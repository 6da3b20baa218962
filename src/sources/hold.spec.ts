import { setImmediate as nextTurn } from 'node:timers/promises';
import { Hold } from './hold.js';

function aHold(bound = 1024 ** 2, react: (item: number, hold: Hold<number>) => void = () => undefined) {
  const passed: number[] = [];
  const stats = { dropped: 0 };
  const hold: Hold<number> = new Hold(
    bound,
    (item) => {
      react(item, hold);
      passed.push(item);
    },
    () => stats.dropped++,
  );
  return { hold, passed, stats };
}

describe('Hold', () => {
  it('passes on at once what comes while it is open', () => {
    const { hold, passed } = aHold();
    hold.push(1, 10);

    expect(passed).toEqual([1]);
  });

  it('hands over what it held before what comes next', () => {
    const { hold, passed } = aHold();
    hold.close();
    hold.push(1, 10);
    hold.push(2, 10);
    expect(passed).toEqual([]);
    hold.open();
    hold.push(3, 10);

    expect(passed).toEqual([1, 2, 3]);
  });

  it('stops in the middle of what it held when an item closes it', () => {
    const { hold, passed } = aHold(1024 ** 2, (item, self) => item === 1 && self.close());
    hold.close();
    hold.push(1, 10);
    hold.push(2, 10);
    hold.open();

    expect([passed, hold.held]).toEqual([[1], 1]);
  });

  it('never begins an item inside another', () => {
    const { hold, passed } = aHold(1024 ** 2, (item, self) => {
      if (item !== 1) return;
      self.close();
      self.push(2, 10);
      self.open();
    });
    hold.push(1, 10);

    expect(passed).toEqual([1, 2]);
  });

  it('lets the oldest go when it holds more bytes than it may', () => {
    const { hold, passed, stats } = aHold(3_000);
    hold.close();
    for (const item of [1, 2, 3]) hold.push(item, 800);
    hold.open();

    expect({ passed, dropped: stats.dropped }).toEqual({ passed: [2, 3], dropped: 1 });
  });

  it('leaves the event loop its turns while it empties, and keeps the order', async () => {
    const { hold, passed } = aHold();
    hold.close();
    const items = Array.from({ length: 1_200 }, (_, index) => index);
    for (const item of items) hold.push(item, 10);
    hold.open();
    expect(passed.length).toBeLessThan(1_000);
    hold.push(1_200, 10);
    while (hold.held > 0) await nextTurn();

    expect(passed).toEqual([...items, 1_200]);
  });

  it('tells those who wait that it is open', async () => {
    const { hold } = aHold();
    hold.close();
    const opened = hold.opened();
    hold.open();

    await expect(opened).resolves.toBeUndefined();
  });

  it('gives up what it holds when it is closed for good', () => {
    const { hold, passed } = aHold();
    hold.close();
    hold.push(1, 10);

    expect(hold.discard()).toBe(1);
    expect([passed, hold.held]).toEqual([[], 0]);
  });
});
