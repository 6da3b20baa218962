import * as fc from 'fast-check';
import { CommandBudget } from './command-budget.js';

/** What becomes of so many commands in a row. */
function spend(budget: CommandBudget, times: number, now: number): string[] {
  return Array.from({ length: times }, () => budget.spend(now));
}

describe('CommandBudget', () => {
  it('lets a burst through, however sudden', () => {
    const budget = new CommandBudget({ rate: 1, burst: 5 }, 0);

    expect(spend(budget, 5, 0)).toEqual(Array(5).fill('run'));
  });

  it('warns once, refuses in silence for a second’s worth, then ends the connection', () => {
    const budget = new CommandBudget({ rate: 3, burst: 2 }, 0);

    expect(spend(budget, 6, 0)).toEqual(['run', 'run', 'warn', 'refuse', 'refuse', 'close']);
  });

  it('never ends the patience of a client that keeps to its rate', () => {
    const budget = new CommandBudget({ rate: 10, burst: 1 }, 0);
    const answers = Array.from({ length: 1_000 }, (_, index) => budget.spend(index * 100));

    expect(new Set(answers)).toEqual(new Set(['run']));
  });

  it('fills up again at its rate', () => {
    const budget = new CommandBudget({ rate: 10, burst: 10 }, 0);
    spend(budget, 10, 0);

    expect(spend(budget, 4, 300)).toEqual(['run', 'run', 'run', 'warn']);
  });

  it('saves up no more than a burst', () => {
    const budget = new CommandBudget({ rate: 10, burst: 3 }, 0);

    expect(spend(budget, 4, 3_600_000)).toEqual(['run', 'run', 'run', 'warn']);
  });

  it('forgives a client that slows down', () => {
    const budget = new CommandBudget({ rate: 2, burst: 2 }, 0);
    spend(budget, 4, 0);

    expect(spend(budget, 2, 5_000)).toEqual(['run', 'run']);
  });

  it('ends a flood that goes on, though the refill lets some of it through', () => {
    const budget = new CommandBudget({ rate: 100, burst: 200 }, 0);
    const answers = Array.from({ length: 2_000 }, (_, index) => budget.spend(index * 5));

    expect(answers).toContain('close');
    expect(answers.filter((answer) => answer === 'warn')).toHaveLength(1);
  });

  it('takes what earlier commands cost beside themselves, and forgives all but one burst of it', () => {
    const budget = new CommandBudget({ rate: 10, burst: 10 }, 0);

    expect(budget.spend(0)).toBe('run');
    expect(budget.spend(0, 1_000)).toBe('warn');
    expect(budget.spend(1_000)).toBe('refuse');
    expect(budget.spend(1_200)).toBe('run');
  });

  it('has no limit at a rate of 0', () => {
    const budget = new CommandBudget({ rate: 0, burst: 1 }, 0);

    expect(new Set(spend(budget, 10_000, 0))).toEqual(new Set(['run']));
  });

  it('never lets more through than the burst and the rate together', () => {
    const limits = fc.record({ rate: fc.integer({ min: 1, max: 50 }), burst: fc.integer({ min: 1, max: 20 }) });
    fc.assert(
      fc.property(limits, fc.array(fc.nat({ max: 200 }), { maxLength: 200 }), ({ rate, burst }, pauses) => {
        const budget = new CommandBudget({ rate, burst }, 0);
        let now = 0;
        let run = 0;
        for (const pause of pauses) {
          now += pause;
          if (budget.spend(now) === 'run') run++;
          expect(run).toBeLessThanOrEqual(burst + (now / 1_000) * rate + 1e-6);
        }
      }),
    );
  });
});
