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
