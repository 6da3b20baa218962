import { Logger } from '@nestjs/common';
import {
  aClient,
  anEvent,
  FakeConnection,
  generousLimits,
  lineProtocol,
  ManualSchedule,
  toUser,
} from '../../test/support/builders/index.js';
import { Delivery, type DeliveryLimits } from '../delivery/index.js';
import { DeliveryConfig } from './delivery.config.js';
import { SessionService } from './session.service.js';
import { SessionsConfig } from './sessions.config.js';

const ada = { userId: 'ada', role: undefined };

interface ServiceDetails {
  readonly sessions?: Partial<SessionsConfig>;
  readonly limits?: Partial<DeliveryLimits>;
}

/** A running service on a clock and timers that stand still until the test moves them. */
function aService({ sessions = {}, limits = {} }: ServiceDetails = {}) {
  const loop = new ManualSchedule();
  const clock = { now: () => Date.now() };
  const delivery = new Delivery({ ...generousLimits, ...limits }, clock, loop.schedule);
  const service = new SessionService(delivery, { ...new SessionsConfig(), ...sessions }, new DeliveryConfig());
  service.onApplicationBootstrap();
  const open = () => {
    const connection = new FakeConnection();
    return { connection, session: service.open(lineProtocol, aClient, connection) };
  };
  const pass = (milliseconds: number) => {
    jest.advanceTimersByTime(milliseconds);
    loop.settle();
  };
  return { service, delivery, open, pass };
}

describe('SessionService', () => {
  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => jest.useFakeTimers({ now: 0 }));
  afterEach(() => jest.useRealTimers());

  it('knows the sessions that are open', () => {
    const { service, open } = aService();
    const [one, other] = [open(), open()];
    one.session.left();

    expect([...service.sessions]).toEqual([other.session]);
  });

  it('admits clients up to the limit, and again when one has gone', () => {
    const { service, open } = aService({ sessions: { maxSessions: 2 } });
    const { session } = open();
    expect(service.admits).toBe(true);
    open();
    expect(service.admits).toBe(false);

    session.left();

    expect(service.admits).toBe(true);
  });

  it('counts the sessions that it closed by code, not those whose client left', () => {
    const { service, open } = aService();
    open().session.close(4008, 'too slow');
    open().session.close(4008, 'too slow');
    open().session.close(4000, 'no pong');
    open().session.left();

    expect([...service.closed]).toEqual([
      [4008, 2],
      [4000, 1],
    ]);
  });

  it('subscribes, mutes and unsubscribes', () => {
    const { service, delivery, open, pass } = aService();
    const { session, connection } = open();
    expect(service.subscribe(session, 'news', '***')).toBe(true);
    expect(service.mute(session, 'weather')).toBe(true);
    delivery.deliver(anEvent({ name: 'flash' }));
    delivery.deliver(anEvent({ name: 'weather' }));
    service.unsubscribe(session, 'news', '***');
    delivery.deliver(anEvent({ name: 'flash', payload: '2' }));
    pass(0);

    expect(connection.text).toBe('news/flash 1\n');
  });

  it('says so when a session has as many subscriptions as it may', () => {
    const { service, open } = aService({ limits: { subscriptionsPerSession: 1 } });
    const { session } = open();
    service.subscribe(session, 'news', 'flash');

    expect([service.subscribe(session, 'sport', 'score'), service.mute(session, 'score')]).toEqual([false, false]);
  });

  it('replays what is kept', () => {
    const { service, delivery, open, pass } = aService();
    const { session, connection } = open();
    service.subscribe(session, 'news', 'flash');
    delivery.deliver(anEvent({ retention: 'forever' }));

    service.replay(session);
    pass(0);

    expect(connection.text).toBe('news/flash 1\nnews/flash 1\n');
  });

  it('forgets events whose time is up', () => {
    const { delivery, pass } = aService();
    delivery.deliver(anEvent({ retention: 2 }));

    pass(3_000);

    expect(delivery.retained.size).toBe(0);
  });

  describe('an identity', () => {
    it('brings a session what is meant for its user', () => {
      const { service, delivery, open, pass } = aService();
      const { session, connection } = open();
      service.subscribe(session, 'news', 'flash');

      service.identify(session, ada);
      delivery.deliver(anEvent({ audience: toUser('ada') }));
      pass(0);

      expect(connection.text).toBe('news/flash 1\n');
    });

    it('runs out after its seconds, and the session is told', () => {
      const { service, open, pass } = aService();
      const { session, connection } = open();
      service.identify(session, ada, 10);

      pass(10_000);
      expect(session.identity).toEqual(ada);
      pass(200);

      expect(session.identity).toBeUndefined();
      expect(connection.text).toBe('identity expired\n');
      expect(session.open).toBe(true);
    });

    it('without an end stays', () => {
      const { service, open, pass } = aService({ sessions: { pingInterval: 1e9 } });
      const { session } = open();
      service.identify(session, ada);

      pass(3_600_000);

      expect(session.identity).toEqual(ada);
    });

    it('given anew begins its time anew', () => {
      const { service, open, pass } = aService();
      const { session, connection } = open();
      service.identify(session, ada, 5);
      pass(4_000);
      service.identify(session, ada, 5);
      pass(4_000);
      expect(session.identity).toEqual(ada);

      service.identify(session, ada);
      pass(8_000);
      expect([session.identity, connection.text]).toEqual([ada, '']);
    });

    it('given up by the session itself runs out no more', () => {
      const { service, open, pass } = aService();
      const { session, connection } = open();
      service.identify(session, ada, 5);

      service.identify(session, undefined);
      pass(6_000);

      expect(connection.text).toBe('');
    });

    it('runs out in silence in a dialect that has no word for it', () => {
      const { service, pass } = aService();
      const connection = new FakeConnection();
      const session = service.open({ ...lineProtocol, identityExpired: undefined }, aClient, connection);
      service.identify(session, ada, 1);

      pass(2_000);

      expect([session.identity, connection.text]).toEqual([undefined, '']);
    });
  });

  describe('a session that has ended', () => {
    it('takes no command any more', () => {
      const { service, delivery, open } = aService();
      const { session } = open();
      session.left();

      expect([service.subscribe(session, 'news', 'flash'), service.mute(session, 'flash')]).toEqual([false, false]);
      service.identify(session, ada, 1);
      service.replay(session);
      service.unsubscribe(session, 'news', 'flash');
      expect([delivery.index.size, delivery.users.size]).toEqual([0, 0]);
    });

    it('is pinged no more, not even when its last command was a pong', () => {
      const { service, open, pass } = aService({ sessions: { pingInterval: 1_000, pongTimeout: 10_000 } });
      const { session, connection } = open();
      pass(1_200);
      session.close(4008, 'too slow');

      service.pong(session);
      pass(20_000);

      expect(connection.text).toBe('ping\n');
      expect([...service.closed]).toEqual([[4008, 1]]);
    });
  });

  it('pings clients and closes those that do not answer', () => {
    const { service, open, pass } = aService({ sessions: { pingInterval: 1_000, pongTimeout: 500 } });
    const [answering, silent] = [open(), open()];
    for (let second = 0; second < 4; second++) {
      pass(1_200);
      service.pong(answering.session);
    }

    expect([answering.session.open, silent.session.open]).toEqual([true, false]);
    expect(silent.connection.closed.map(({ code }) => code)).toEqual([4000]);
  });

  it('gives up readers that are stuck while they hold the sources up', () => {
    const { delivery, service, open, pass } = aService({ limits: { pendingBytes: 10 } });
    const { session, connection } = open();
    service.subscribe(session, 'news', 'flash');
    connection.stall();
    delivery.deliver(anEvent());
    pass(0);
    expect(delivery.pressure.high).toBe(true);

    pass(new DeliveryConfig().stallTimeout + 200);

    expect(connection.closed.map(({ code }) => code)).toEqual([4008]);
    expect([delivery.pressure.high, delivery.pressure.bytes]).toEqual([false, 0]);
  });

  describe('draining', () => {
    it('closes everybody with 1001, evenly over the drain time', async () => {
      const { service, open } = aService({ sessions: { drain: 10_000, pingInterval: 1e9 } });
      const connections = Array.from({ length: 2_000 }, () => open().connection);
      const closedSoFar = () => connections.filter(({ closed }) => closed.length > 0).length;

      const drained = service.drain();
      for (let second = 1; second <= 10; second++) {
        const before = closedSoFar();
        await jest.advanceTimersByTimeAsync(1_000);
        // 200 are expected each second; 100 and 300 are seven standard deviations away.
        expect(closedSoFar() - before).toBeGreaterThan(100);
        expect(closedSoFar() - before).toBeLessThan(300);
      }
      await drained;

      expect(new Set(connections.flatMap(({ closed }) => closed.map(({ code }) => code)))).toEqual(new Set([1001]));
      expect([service.sessions.size, service.closed.get(1001)]).toEqual([0, 2_000]);
    });

    it('follows no order in which clients came', async () => {
      const { service, open } = aService({ sessions: { drain: 1_000 } });
      const order: number[] = [];
      for (let number = 0; number < 50; number++) {
        const { connection } = open();
        connection.close = () => order.push(number);
      }

      const drained = service.drain();
      await jest.advanceTimersByTimeAsync(1_000);
      await drained;

      expect(order).toHaveLength(50);
      expect(order).not.toEqual(order.toSorted((a, b) => a - b));
    });

    it('admits nobody any more', () => {
      const { service } = aService();

      void service.drain();

      expect(service.admits).toBe(false);
    });

    it('passes over a client that leaves meanwhile', async () => {
      const { service, open } = aService({ sessions: { drain: 1_000 } });
      const opened = Array.from({ length: 20 }, open);

      const drained = service.drain();
      for (const { session } of opened) session.left();
      await jest.advanceTimersByTimeAsync(1_000);
      await drained;

      expect(opened.every(({ connection }) => connection.closed.length <= 1)).toBe(true);
      expect(service.sessions.size).toBe(0);
    });

    it('is over at once when there is nobody, or no time', async () => {
      const { service, open } = aService({ sessions: { drain: 0 } });
      const { connection } = open();

      await service.drain();
      await service.drain();

      expect(connection.closed).toHaveLength(1);
    });
  });

  it('leaves no timer behind when the application stops', () => {
    const { service } = aService();
    expect(jest.getTimerCount()).toBeGreaterThan(0);

    service.onApplicationShutdown();

    expect(jest.getTimerCount()).toBe(0);
  });

  it('is back at zero after 10,000 sessions have come and gone', () => {
    const { service, delivery, open, pass } = aService({ sessions: { pingInterval: 1_000, pongTimeout: 1_000 } });
    for (let round = 0; round < 10; round++) {
      const opened = Array.from({ length: 1_000 }, open);
      for (const [number, { session, connection }] of opened.entries()) {
        service.identify(session, { userId: `user ${number % 300}`, role: 'clerk' }, 1 + (number % 5));
        service.subscribe(session, 'news', number % 2 ? 'flash' : '***');
        service.subscribe(session, `channel ${number}`, 'flash');
        service.mute(session, 'weather');
        if (number % 100 === 0) connection.stall();
      }
      delivery.deliver(anEvent());
      pass(1_200);
      for (const [number, { session }] of opened.entries()) {
        if (number % 2) session.left();
        else session.close(1001, 'bye');
      }
    }
    pass(10_000);

    const { index, users, pressure, queue } = delivery;
    expect([service.sessions.size, index.size, index.topics, users.size]).toEqual([0, 0, 0, 0]);
    expect([pressure.bytes, queue.blocked]).toEqual([0, 0]);
    expect([...service.closed]).toEqual([[1001, 5_000]]);
  });

  describe('anonymous sessions', () => {
    it('may say nothing for ever, unless a time is set', () => {
      const { open, pass } = aService();
      const { session } = open();
      pass(20_000);

      expect(session.open).toBe(true);
    });

    it('are closed with 4002 when they have asked for nothing in time', () => {
      const { service, open, pass } = aService({ sessions: { anonymousTimeout: 10_000 } });
      const [silent, speaking] = [open(), open()];
      pass(9_000);
      service.heard(speaking.session);
      pass(2_000);

      expect(silent.connection.closed).toEqual([{ code: 4002, reason: expect.stringContaining('anonymous') }]);
      expect(speaking.session.open).toBe(true);
    });

    it('have all the time there is while they are a user’s, and begin again when they are not', () => {
      const { service, open, pass } = aService({ sessions: { anonymousTimeout: 10_000 } });
      const { session, connection } = open();
      service.identify(session, ada);
      pass(15_000);
      expect(session.open).toBe(true);
      service.identify(session, undefined);
      pass(9_000);
      expect(session.open).toBe(true);
      pass(2_000);

      expect(connection.closed).toMatchObject([{ code: 4002 }]);
    });
  });
});
