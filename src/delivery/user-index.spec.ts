import { aNode } from '../../test/support/builders/index.js';
import type { Subscriber } from './subscriber.js';
import { UserIndex } from './user-index.js';

function aSession(): Subscriber {
  return aNode().connect().subscriber;
}

const ada = { userId: 'ada', role: undefined };
const bob = { userId: 'bob', role: undefined };

describe('UserIndex', () => {
  it('finds all sessions of a user and nobody else’s', () => {
    const users = new UserIndex();
    const [phone, laptop, stranger] = [aSession(), aSession(), aSession()];
    users.identify(phone, ada);
    users.identify(laptop, ada);
    users.identify(stranger, bob);

    expect([...(users.sessionsOf('ada') ?? [])]).toEqual([phone, laptop]);
    expect([...(users.sessionsOf('bob') ?? [])]).toEqual([stranger]);
    expect(users.size).toBe(2);
  });

  it('knows nobody by a name that no session has', () => {
    const users = new UserIndex();

    expect(users.sessionsOf('ada')).toBeUndefined();
    expect(users.sessionsOf('__proto__')).toBeUndefined();
  });

  it('tells the session who it belongs to', () => {
    const users = new UserIndex();
    const session = aSession();

    users.identify(session, { userId: 'ada', role: 'admin' });

    expect(session.identity).toEqual({ userId: 'ada', role: 'admin' });
  });

  it('moves a session that becomes another user’s', () => {
    const users = new UserIndex();
    const session = aSession();
    users.identify(session, ada);

    users.identify(session, bob);

    expect(users.sessionsOf('ada')).toBeUndefined();
    expect([...(users.sessionsOf('bob') ?? [])]).toEqual([session]);
  });

  it('keeps a session once that is identified again, with its new role', () => {
    const users = new UserIndex();
    const session = aSession();
    users.identify(session, ada);

    users.identify(session, { userId: 'ada', role: 'admin' });

    expect(users.sessionsOf('ada')?.size).toBe(1);
    expect(session.identity?.role).toBe('admin');
  });

  it('forgets a user with the last of the sessions', () => {
    const users = new UserIndex();
    const [phone, laptop] = [aSession(), aSession()];
    users.identify(phone, ada);
    users.identify(laptop, ada);

    users.identify(phone, undefined);
    expect(users.size).toBe(1);
    users.identify(laptop, undefined);
    expect(users.size).toBe(0);
  });

  it('lets an anonymous session stay anonymous', () => {
    const users = new UserIndex();
    const session = aSession();

    users.identify(session, undefined);

    expect(users.size).toBe(0);
    expect(session.identity).toBeUndefined();
  });
});

describe('who watches the users of a node', () => {
  function aWatchedIndex() {
    const users = new UserIndex();
    const seen: string[] = [];
    users.watch({ userArrived: (user) => seen.push(`${user} arrived`), userLeft: (user) => seen.push(`${user} left`) });
    return { users, seen };
  }

  it('is told of the first session of a user and of the end of the last', () => {
    const { users, seen } = aWatchedIndex();
    const [phone, laptop] = [aSession(), aSession()];

    for (const session of [phone, laptop]) users.identify(session, ada);
    for (const session of [phone, laptop]) users.identify(session, undefined);

    expect(seen).toEqual(['ada arrived', 'ada left']);
  });

  it('is told nothing when a user is only identified again', () => {
    const { users, seen } = aWatchedIndex();
    const session = aSession();
    users.identify(session, ada);

    users.identify(session, { userId: 'ada', role: 'admin' });

    expect(seen).toEqual(['ada arrived']);
  });

  it('is told of both when a session changes hands', () => {
    const { users, seen } = aWatchedIndex();
    const session = aSession();
    users.identify(session, ada);

    users.identify(session, bob);

    expect(seen).toEqual(['ada arrived', 'bob arrived', 'ada left']);
    expect([...users.present]).toEqual(['bob']);
  });
});
