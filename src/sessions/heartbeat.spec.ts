import { aNode, aSession, FakeClock, lineProtocol, type SessionDetails } from '../../test/support/builders/index.js';
import { CloseCode } from './close-code.js';
import { Heartbeat } from './heartbeat.js';

const RESOLUTION = 10;

function aHeartbeat() {
  const clock = new FakeClock();
  const node = aNode();
  const heartbeat = new Heartbeat(clock, { pingInterval: 1_000, pongTimeout: 300 }, RESOLUTION);
  const pass = (milliseconds: number) => {
    for (let passed = 0; passed < milliseconds; passed += RESOLUTION) {
      clock.advance(RESOLUTION);
      heartbeat.tick();
    }
    node.loop.settle();
  };
  const open = (details: SessionDetails = {}) => {
    const opened = aSession({ delivery: node.delivery, ...details });
    heartbeat.start(opened.session);
    return opened;
  };
  return { heartbeat, open, pass };
}

describe('Heartbeat', () => {
  it('pings a session when its interval has passed, not before', () => {
    const { open, pass } = aHeartbeat();
    const { connection } = open();

    pass(1_000);
    expect(connection.text).toBe('');
    pass(RESOLUTION);
    expect(connection.text).toBe('ping\n');
  });

  it('goes on with a client that answers', () => {
    const { heartbeat, open, pass } = aHeartbeat();
    const { session, connection, ends } = open();
    for (let round = 0; round < 5; round++) {
      pass(1_000 + RESOLUTION);
      expect(session.awaitsPong).toBe(true);
      heartbeat.pong(session);
    }

    expect(connection.text).toBe('ping\n'.repeat(5));
    expect(ends).toEqual([]);
  });

  it('closes with 4000 when no answer comes in time', () => {
    const { open, pass } = aHeartbeat();
    const { connection, ends } = open();

    pass(1_000 + 300 + 2 * RESOLUTION);

    expect(ends).toEqual([CloseCode.pongMissing]);
    expect(connection.closed).toEqual([{ code: 4000, reason: 'no pong in time' }]);
  });

  it('waits on for the answer of a client that Hermes itself does not read from', () => {
    const { heartbeat, open, pass } = aHeartbeat();
    const { session, connection, ends } = open();
    pass(1_000 + RESOLUTION);

    connection.pauseReading();
    pass(2_000);
    expect(ends).toEqual([]);
    connection.resumeReading();
    heartbeat.pong(session);
    pass(1_000 + RESOLUTION);

    expect([connection.text, ends]).toEqual(['ping\nping\n', []]);
  });

  it('closes a client that is silent when it is read from again', () => {
    const { open, pass } = aHeartbeat();
    const { connection, ends } = open();
    pass(1_000 + RESOLUTION);

    connection.pauseReading();
    pass(2_000);
    connection.resumeReading();
    pass(300 + 2 * RESOLUTION);

    expect(ends).toEqual([CloseCode.pongMissing]);
  });

  it('accepts an answer at the last moment', () => {
    const { heartbeat, open, pass } = aHeartbeat();
    const { session, ends } = open();
    pass(1_000 + 300);

    heartbeat.pong(session);
    pass(500);

    expect(ends).toEqual([]);
  });

  it('takes a pong that nobody asked for as no reason to ping later', () => {
    const { heartbeat, open, pass } = aHeartbeat();
    const { session, connection } = open();
    pass(900);

    heartbeat.pong(session);
    pass(100 + RESOLUTION);

    expect(connection.text).toBe('ping\n');
  });

  it('spreads its pings as the sessions came', () => {
    const { open, pass } = aHeartbeat();
    const early = open();
    pass(500);
    const late = open();
    pass(500 + RESOLUTION);

    expect([early.connection.text, late.connection.text]).toEqual(['ping\n', '']);
  });

  it('leaves a dialect without pings alone', () => {
    const { heartbeat, open, pass } = aHeartbeat();
    const { connection, ends } = open({ protocol: { ...lineProtocol, ping: undefined } });

    pass(5_000);

    expect([connection.text, ends, heartbeat.size]).toEqual(['', [], 0]);
  });

  it('goes on pinging where a pong is optional, and ends nobody for want of one', () => {
    const { open, pass } = aHeartbeat();
    const { session, connection, ends } = open({ protocol: { ...lineProtocol, pongOptional: true } });

    pass(3 * (1_000 + RESOLUTION));

    expect([connection.text, session.awaitsPong, ends]).toEqual(['ping\n'.repeat(3), false, []]);
  });

  it('forgets a session that has ended', () => {
    const { heartbeat, open, pass } = aHeartbeat();
    const { session, connection } = open();

    heartbeat.stop(session);
    pass(5_000);

    expect([connection.text, heartbeat.size]).toEqual(['', 0]);
  });

  it('holds each session once', () => {
    const { heartbeat, open, pass } = aHeartbeat();
    const sessions = Array.from({ length: 10 }, () => open().session);
    for (let round = 0; round < 3; round++) {
      pass(1_000 + RESOLUTION);
      for (const session of sessions) heartbeat.pong(session);
    }

    expect(heartbeat.size).toBe(10);
    expect(sessions.every((session) => !session.awaitsPong)).toBe(true);
  });
});
