import { Farewells, type Leaving } from './farewells.js';

const MIB = 1024 ** 2;

class Closed implements Leaving {
  isCut = false;
  gone: () => void = () => undefined;

  constructor(public unread: number) {}

  whenGone(callback: () => void): void {
    this.gone = callback;
  }

  cut(): void {
    this.isCut = true;
  }
}

describe('Farewells', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('cut a client soon for whom nothing waits, and not one who has not read yet', () => {
    const farewells = new Farewells();
    const [idle, stalled] = [new Closed(0), new Closed(MIB)];
    farewells.add(idle);
    farewells.add(stalled);
    jest.advanceTimersByTime(5_000);

    expect([idle.isCut, stalled.isCut]).toEqual([true, false]);
    stalled.gone();
  });

  it('cut those that were closed first when too much waits', () => {
    const farewells = new Farewells();
    const all = Array.from({ length: 66 }, () => new Closed(MIB));
    for (const one of all) farewells.add(one);

    expect(all.map(({ isCut }) => isCut).lastIndexOf(true)).toBe(1);
    for (const one of all) one.gone();
  });
});
