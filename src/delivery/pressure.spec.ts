import { ManualSchedule } from '../../test/support/builders/index.js';
import { Pressure } from './pressure.js';

function aWatchedPressure(bound: number) {
  const loop = new ManualSchedule();
  const pressure = new Pressure(bound, loop.schedule);
  const heard: string[] = [];
  pressure.listen({ pressureRose: () => heard.push('rose'), pressureFell: () => heard.push('fell') });
  return { loop, pressure, heard };
}

describe('Pressure', () => {
  it('rises when the bound is passed, not when it is reached', () => {
    const { pressure, heard } = aWatchedPressure(100);

    pressure.add(100);
    expect([pressure.high, heard]).toEqual([false, []]);
    pressure.add(1);
    expect([pressure.high, heard]).toEqual([true, ['rose']]);
  });

  it('falls when half of the bound is free, so that sources do not flutter', () => {
    const { loop, pressure, heard } = aWatchedPressure(100);
    pressure.add(101);

    pressure.release(50);
    loop.settle();
    expect([pressure.high, heard]).toEqual([true, ['rose']]);
    pressure.release(1);
    loop.settle();
    expect([pressure.high, heard]).toEqual([false, ['rose', 'fell']]);
  });

  it('tells of a rise at once, of a fall in a turn of its own', () => {
    const { loop, pressure, heard } = aWatchedPressure(100);
    pressure.add(101);
    expect(heard).toEqual(['rose']);

    pressure.release(101);
    expect(heard).toEqual(['rose']);
    loop.turn();
    expect(heard).toEqual(['rose', 'fell']);
  });

  it('says nothing of a fall that was over before its turn came', () => {
    const { loop, pressure, heard } = aWatchedPressure(100);
    pressure.add(101);
    pressure.release(101);
    pressure.add(101);
    loop.settle();
    expect([pressure.high, heard]).toEqual([true, ['rose']]);

    pressure.release(101);
    loop.settle();
    expect([pressure.high, heard]).toEqual([false, ['rose', 'fell']]);
  });

  it('tells of each rise and each fall once', () => {
    const { loop, pressure, heard } = aWatchedPressure(100);
    for (let round = 0; round < 2; round++) {
      pressure.add(150);
      pressure.add(150);
      pressure.release(150);
      pressure.release(150);
      loop.settle();
    }

    expect(heard).toEqual(['rose', 'fell', 'rose', 'fell']);
    expect(pressure.bytes).toBe(0);
  });

  it('tells every listener', () => {
    const { loop, pressure, heard } = aWatchedPressure(1);
    pressure.listen({ pressureRose: () => heard.push('rose, too'), pressureFell: () => heard.push('fell, too') });

    pressure.add(2);
    pressure.release(2);
    loop.settle();

    expect(heard).toEqual(['rose', 'rose, too', 'fell', 'fell, too']);
  });
});
