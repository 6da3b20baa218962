import * as fc from 'fast-check';
import { FakeClock } from '../../test/support/builders/index.js';
import { Deadlines } from './deadlines.js';

function someDeadlines(startedAt = 0) {
  const clock = new FakeClock(startedAt);
  return { clock, deadlines: new Deadlines<string>(clock, 100) };
}

describe('Deadlines', () => {
  it('hands out an item when its time has come, once', () => {
    const { clock, deadlines } = someDeadlines();
    deadlines.set('tea', 250);

    clock.advance(250);
    expect(deadlines.due()).toEqual([]);
    clock.advance(50);
    expect(deadlines.due()).toEqual(['tea']);
    expect(deadlines.due()).toEqual([]);
    expect(deadlines.size).toBe(0);
  });

  it('moves an item that is set again', () => {
    const { clock, deadlines } = someDeadlines();
    deadlines.set('tea', 100);
    deadlines.set('tea', 500);

    clock.advance(400);
    expect([deadlines.due(), deadlines.size]).toEqual([[], 1]);
    clock.advance(200);
    expect(deadlines.due()).toEqual(['tea']);
  });

  it('forgets an item that is deleted', () => {
    const { clock, deadlines } = someDeadlines();
    deadlines.set('tea', 100);
    deadlines.set('soup', 100);

    deadlines.delete('tea');
    deadlines.delete('never set');
    clock.advance(1_000);

    expect(deadlines.due()).toEqual(['soup']);
  });

  it('hands out what was late already at the next step', () => {
    const { clock, deadlines } = someDeadlines(10_000);
    deadlines.set('tea', 3_000);

    expect(deadlines.due()).toEqual([]);
    clock.advance(100);
    expect(deadlines.due()).toEqual(['tea']);
  });

  it('hands out everything after a pause, earliest first', () => {
    const { clock, deadlines } = someDeadlines();
    for (const [item, at] of [
      ['c', 900],
      ['a', 100],
      ['b', 500],
    ] as const)
      deadlines.set(item, at);

    clock.advance(60_000);

    expect(deadlines.due()).toEqual(['a', 'b', 'c']);
  });

  it('never hands out an item without an end', () => {
    const { clock, deadlines } = someDeadlines();
    deadlines.set('stone', Infinity);

    clock.advance(100_000);

    expect([deadlines.due(), deadlines.size]).toEqual([[], 1]);
  });

  it('is never early, and late by no more than its resolution when looked at that often', () => {
    const moments = fc.double({ min: 0, max: 3_000, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1_000, noNaN: true }), fc.array(moments), (startedAt, delays) => {
        const { clock, deadlines } = someDeadlines(startedAt);
        const deadlineOf = new Map(delays.map((delay, index) => [`${index}`, startedAt + delay]));
        for (const [item, at] of deadlineOf) deadlines.set(item, at);

        // Looking ten times as often as the resolution shows the moment at which an item falls due.
        while (clock.now() < startedAt + 3_300) {
          clock.advance(10);
          for (const item of deadlines.due()) {
            const at = deadlineOf.get(item) ?? 0;
            expect(clock.now()).toBeGreaterThanOrEqual(at);
            expect(clock.now()).toBeLessThanOrEqual(at + 100 + 10);
          }
        }
        expect(deadlines.size).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});
