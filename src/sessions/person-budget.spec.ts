import { PersonBudget } from './person-budget.js';

const limits = { rate: 10, burst: 3 };

describe('PersonBudget', () => {
  it('lets a burst through, then lets wait, then goes on as it is refilled', () => {
    const budget = new PersonBudget(limits, 0);

    expect([1, 2, 3].map(() => budget.turn(0, 1))).toEqual([undefined, undefined, undefined]);
    expect(budget.isSpent(0)).toBe(true);
    expect(budget.isSpent(100)).toBe(false);
  });

  it('gives turns to those who wait, in the order in which they came', async () => {
    const budget = new PersonBudget({ rate: 1_000, burst: 1 }, performance.now());
    const order: number[] = [];
    budget.turn(performance.now(), 1);

    await Promise.all([1, 2, 3].map((n) => budget.turn(performance.now(), 1)?.then(() => order.push(n))));

    expect(order).toEqual([1, 2, 3]);
  });

  it('lets a second of work through at once, and then a twentieth of a core', () => {
    const budget = new PersonBudget(limits, 0);
    budget.work(0, 1_100);

    expect(budget.isSpent(1_999)).toBe(true);
    expect(budget.isSpent(2_001)).toBe(false);
  });

  it('rests after work for as long as that took', () => {
    const budget = new PersonBudget(limits, 0);
    budget.work(0, 50);

    expect([budget.isSpent(49), budget.isSpent(50)]).toEqual([true, false]);
  });

  it('is full when all that was spent has come back', () => {
    const budget = new PersonBudget(limits, 0);
    budget.turn(0, 1);

    expect([budget.isFull(0), budget.isFull(100)]).toEqual([false, true]);
  });

  it('lets all go on when it is closed', async () => {
    const budget = new PersonBudget({ rate: 0.001, burst: 1 }, 0);
    budget.turn(0, 1);
    const turn = budget.turn(0, 1);
    budget.close();

    await expect(turn).resolves.toBeUndefined();
  });
});
