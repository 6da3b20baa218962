import { Valve } from './valve.js';

function aValve(bound = 10, react: (item: number, valve: Valve<number>) => void = () => undefined) {
  const passed: number[] = [];
  const dropped: number[] = [];
  const valve: Valve<number> = new Valve(
    bound,
    (item) => {
      react(item, valve);
      passed.push(item);
    },
    (item) => dropped.push(item),
  );
  return { valve, passed, dropped };
}

describe('Valve', () => {
  it('passes on at once what comes while it is open', () => {
    const { valve, passed } = aValve();
    valve.push(1);

    expect(passed).toEqual([1]);
  });

  it('hands over what it held before what comes next', () => {
    const { valve, passed } = aValve();
    valve.close();
    valve.push(1);
    valve.push(2);
    expect(passed).toEqual([]);
    valve.open();
    valve.push(3);

    expect(passed).toEqual([1, 2, 3]);
  });

  it('stops in the middle of what it held when an item closes it', () => {
    const { valve, passed } = aValve(10, (item, self) => item === 1 && self.close());
    valve.close();
    valve.push(1);
    valve.push(2);
    valve.open();

    expect([passed, valve.held]).toEqual([[1], 1]);
  });

  it('never begins an item inside another', () => {
    const { valve, passed } = aValve(10, (item, self) => {
      if (item !== 1) return;
      self.close();
      self.push(2);
      self.open();
    });
    valve.push(1);

    expect(passed).toEqual([1, 2]);
  });

  it('lets the oldest go when it holds more than it may', () => {
    const { valve, passed, dropped } = aValve(2);
    valve.close();
    for (const item of [1, 2, 3]) valve.push(item);
    valve.open();

    expect({ passed, dropped }).toEqual({ passed: [2, 3], dropped: [1] });
  });

  it('goes on after an item that could not be passed on', () => {
    const { valve, passed } = aValve(10, (item) => {
      if (item === 1) throw new Error('stumbled');
    });
    expect(() => valve.push(1)).toThrow('stumbled');
    valve.push(2);

    expect(passed).toEqual([2]);
  });

  it('gives up what it holds when it is closed for good', () => {
    const { valve, passed } = aValve();
    valve.close();
    valve.push(1);

    expect(valve.discard()).toBe(1);
    expect([passed, valve.held]).toEqual([[], 0]);
  });
});
