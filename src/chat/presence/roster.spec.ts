import { FakeClock } from '../../../test/support/builders/index.js';
import { Roster } from './roster.js';

const GRACE = 2_000;

function aRoster() {
  const clock = new FakeClock();
  const calendar = new FakeClock(1_700_000_000_000);
  const pass = (milliseconds: number): void => {
    clock.advance(milliseconds);
    calendar.advance(milliseconds);
  };
  return { roster: new Roster(clock, calendar, GRACE), pass };
}

describe('Roster', () => {
  it('knows nothing of a user it has never seen', () => {
    const { roster } = aRoster();

    expect(roster.of('u1')).toEqual({ userId: 'u1', online: false, lastSeen: 0 });
    expect(roster.has('u1')).toBe(false);
  });

  it('has a user from his arrival on, and says once that he is new', () => {
    const { roster } = aRoster();

    expect(roster.arrived('u1')).toBe(true);
    expect(roster.arrived('u1')).toBe(false);
    expect(roster.of('u1')).toEqual({ userId: 'u1', online: true, lastSeen: 0 });
  });

  it('waits for one who has left, and lets him go when the grace is over', () => {
    const { roster, pass } = aRoster();
    roster.arrived('u1');
    roster.left('u1');

    pass(GRACE - 1);
    expect(roster.departed()).toEqual([]);
    expect(roster.of('u1').online).toBe(true);

    pass(1);
    expect(roster.departed()).toEqual([{ userId: 'u1', ago: GRACE }]);
    expect(roster.departed()).toEqual([]);
    expect(roster.has('u1')).toBe(false);
  });

  it('remembers when his last session ended, not when the grace did', () => {
    const { roster, pass } = aRoster();
    roster.arrived('u1');
    roster.left('u1');
    pass(GRACE + 500);
    roster.departed();

    expect(roster.of('u1')).toEqual({ userId: 'u1', online: false, lastSeen: 1_700_000_000_000 });
  });

  it('does not notice that somebody reconnects, and begins the grace anew when he leaves again', () => {
    const { roster, pass } = aRoster();
    roster.arrived('u1');
    roster.left('u1');
    pass(GRACE - 1);

    expect(roster.arrived('u1')).toBe(false);
    pass(GRACE);
    expect(roster.departed()).toEqual([]);

    roster.left('u1');
    pass(GRACE - 1);
    expect(roster.departed()).toEqual([]);
    pass(1);
    expect(roster.departed()).toHaveLength(1);
  });

  it('lets everybody go who is due, and nobody else', () => {
    const { roster, pass } = aRoster();
    for (const user of ['u1', 'u2', 'u3']) roster.arrived(user);
    roster.left('u2');
    pass(1_000);
    roster.left('u1');
    pass(1_000);

    expect(roster.departed().map(({ userId }) => userId)).toEqual(['u2']);
    expect([...roster.users]).toEqual(['u1', 'u3']);
  });

  it('waits for 100,000 at most, and remembers as many', () => {
    const { roster } = aRoster();
    for (let user = 0; user < 100_002; user++) {
      roster.arrived(`u${user}`);
      roster.left(`u${user}`);
    }

    expect(roster.departed().map(({ userId }) => userId)).toEqual(['u0', 'u1']);
    expect(roster.size).toBe(100_000);
  });
});
