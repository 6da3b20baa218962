import { WaitingUsers } from './waiting-users.js';

interface Item {
  readonly userId: string;
  readonly says: string;
}

const item = (userId: string, says: string): Item => ({ userId, says });

describe('WaitingUsers', () => {
  it('gives back what came first first', () => {
    const waiting = new WaitingUsers<Item>(10);
    for (const user of ['a', 'b', 'c']) waiting.add(item(user, 'x'));

    expect(waiting.take(2).map(({ userId }) => userId)).toEqual(['a', 'b']);
    expect(waiting.take(2).map(({ userId }) => userId)).toEqual(['c']);
    expect(waiting.take(2)).toEqual([]);
  });

  it('keeps the latest for each user', () => {
    const waiting = new WaitingUsers<Item>(10);
    waiting.add(item('a', 'old'));
    waiting.add(item('b', 'x'));
    waiting.add(item('a', 'new'));

    expect(waiting.take(10)).toEqual([item('b', 'x'), item('a', 'new')]);
  });

  it('takes no more users than it has room for, but always something newer about one it has', () => {
    const waiting = new WaitingUsers<Item>(1);

    expect(waiting.add(item('a', 'old'))).toBe(true);
    expect(waiting.add(item('b', 'x'))).toBe(false);
    expect(waiting.add(item('a', 'new'))).toBe(true);
    expect(waiting.take(10)).toEqual([item('a', 'new')]);
  });

  it('takes back what was not done, unless there is something newer', () => {
    const waiting = new WaitingUsers<Item>(10);
    waiting.add(item('a', 'old'));
    waiting.add(item('b', 'x'));
    const taken = waiting.take(10);
    waiting.add(item('a', 'new'));

    expect(waiting.restore(taken)).toBe(0);
    expect(waiting.take(10)).toEqual([item('a', 'new'), item('b', 'x')]);
  });

  it('counts what it has no room to take back', () => {
    const waiting = new WaitingUsers<Item>(1);
    waiting.add(item('a', 'x'));

    expect(waiting.restore([item('b', 'x'), item('a', 'old'), item('c', 'x')])).toBe(2);
  });
});
