import { aNode, anEvent, aSession, toUser } from '../../test/support/builders/index.js';
import { CloseCode } from './close-code.js';

function aSubscribedSession() {
  const node = aNode({ outbox: { bytes: 100, overflow: 'close' } });
  const opened = aSession({ delivery: node.delivery });
  node.delivery.subscribe(opened.session.subscriber, 'news', 'flash');
  return { node, ...opened };
}

describe('Session', () => {
  it('begins open and anonymous, with an id of its own', () => {
    const [one, other] = [aSession().session, aSession().session];

    expect([one.open, one.identity]).toEqual([true, undefined]);
    expect(one.id).not.toBe(other.id);
  });

  it('knows whose it is', () => {
    const { node, session } = aSubscribedSession();

    node.delivery.identify(session.subscriber, { userId: 'ada', role: 'admin' });

    expect(session.identity).toEqual({ userId: 'ada', role: 'admin' });
  });

  it('sends a frame behind the events that wait already', () => {
    const { node, session, connection } = aSubscribedSession();

    node.delivery.deliver(anEvent());
    session.send(Buffer.from('reply\n'));
    node.loop.settle();

    expect(connection.text).toBe('news/flash 1\nreply\n');
  });

  describe('when Hermes closes it', () => {
    it('is given what waits, then the code and the reason', () => {
      const { node, session, connection, ends } = aSubscribedSession();
      node.delivery.deliver(anEvent());

      session.close(CloseCode.goingAway, 'stopping');

      expect(connection.text).toBe('news/flash 1\n');
      expect(connection.closed).toEqual([{ code: 1001, reason: 'stopping' }]);
      expect([session.open, ends]).toEqual([false, [1001]]);
    });

    it('is given what waits behind a busy socket, too', () => {
      const { node, session, connection } = aSubscribedSession();
      connection.stall();
      node.delivery.deliver(anEvent({ payload: '1' }));
      node.loop.settle();
      node.delivery.deliver(anEvent({ payload: '2' }));

      session.close(CloseCode.goingAway, 'stopping');

      expect(connection.text).toBe('news/flash 1\nnews/flash 2\n');
      expect(node.delivery.pressure.bytes).toBe(0);
    });

    it('ends once, whatever happens afterwards', () => {
      const { session, connection, ends } = aSubscribedSession();

      session.close(CloseCode.goingAway, 'stopping');
      session.close(CloseCode.pongMissing, 'no pong');
      session.tooSlow();
      session.left();

      expect([ends, connection.closed.length]).toEqual([[1001], 1]);
    });

    it('gets nothing more', () => {
      const { node, session, connection } = aSubscribedSession();
      session.close(CloseCode.goingAway, 'stopping');

      node.delivery.deliver(anEvent());
      session.send(Buffer.from('reply\n'));
      node.loop.settle();

      expect(connection.writes).toEqual([]);
    });
  });

  it('ends without a code when the client has left', () => {
    const { session, connection, ends } = aSubscribedSession();

    session.left();
    session.left();

    expect([session.open, ends, connection.closed]).toEqual([false, ['left'], []]);
  });

  it('is closed with 4008 when its client reads too slowly, and the event goes on to the others', () => {
    const { node, connection, ends } = aSubscribedSession();
    const other = aSession({ delivery: node.delivery });
    node.delivery.subscribe(other.session.subscriber, 'news', 'flash');
    connection.stall();

    for (let i = 0; i < 3; i++) {
      node.delivery.deliver(anEvent({ payload: JSON.stringify('x'.repeat(50)) }));
      node.loop.settle();
    }

    expect(ends).toEqual([CloseCode.tooSlow]);
    expect(connection.closed.map(({ code }) => code)).toEqual([4008]);
    expect(other.connection.text.split('\n')).toHaveLength(3 + 1);
  });

  it('may end in the middle of a delivery to all sessions of its user', () => {
    const node = aNode({ outbox: { bytes: 20, overflow: 'close' } });
    const sessions = Array.from({ length: 3 }, () => aSession({ delivery: node.delivery }));
    for (const { session, connection } of sessions) {
      node.delivery.identify(session.subscriber, { userId: 'ada', role: undefined });
      node.delivery.subscribe(session.subscriber, 'news', 'flash');
      connection.stall();
    }

    for (let i = 0; i < 3; i++) {
      node.delivery.deliver(anEvent({ audience: toUser('ada') }));
      node.loop.settle();
    }

    expect(sessions.map(({ ends }) => ends)).toEqual([[4008], [4008], [4008]]);
    expect([node.delivery.users.size, node.delivery.index.size, node.delivery.pressure.bytes]).toEqual([0, 0, 0]);
  });
});
