import * as fc from 'fast-check';
import { FakeClock, FakeConnection, ManualSchedule } from '../../test/support/builders/index.js';
import { FlushQueue } from './flush-queue.js';
import { Outbox, type OutboxLimits } from './outbox.js';
import { Pressure } from './pressure.js';

/** A flush queue with its surroundings, and outboxes that hang on it. */
function aQueue({ bytes = 100, overflow = 'close' }: Partial<OutboxLimits> = {}, bound = 1_000_000) {
  const clock = new FakeClock();
  const loop = new ManualSchedule();
  const pressure = new Pressure(bound, loop.schedule);
  const queue = new FlushQueue(loop.schedule, clock, pressure);
  const anOutbox = () => {
    const wire = new FakeConnection();
    const givenUp: number[] = [];
    const outbox = new Outbox(wire, { tooSlow: () => givenUp.push(clock.now()) }, queue, { bytes, overflow });
    return { outbox, wire, givenUp };
  };
  return { clock, loop, pressure, queue, anOutbox };
}

/** An outbox whose socket has taken `backlog` bytes and does not take more. */
function aBlockedOutbox(limits: Partial<OutboxLimits> = {}, backlog = 10) {
  const surroundings = aQueue(limits);
  const { outbox, wire, givenUp } = surroundings.anOutbox();
  wire.stall();
  outbox.push(frame(backlog, '#'));
  surroundings.loop.settle();
  wire.writes.length = 0;
  return { ...surroundings, outbox, wire, givenUp };
}

function frame(length: number, filling = 'x'): Buffer {
  return Buffer.alloc(length, filling);
}

describe('Outbox', () => {
  describe('while the client reads', () => {
    it('writes nothing before the turn ends', () => {
      const { loop, anOutbox } = aQueue();
      const { outbox, wire } = anOutbox();

      outbox.push(frame(3));
      expect(wire.writes).toEqual([]);
      loop.turn();
      expect(wire.text).toBe('xxx');
    });

    it('sends all frames of a turn in one write, replies among events in the order in which they came', () => {
      const { loop, queue, anOutbox } = aQueue();
      const { outbox, wire } = anOutbox();

      outbox.push(frame(1, 'a'));
      outbox.reply(frame(1, 'B'));
      outbox.push(frame(1, 'c'));
      outbox.reply(frame(1, 'D'));
      outbox.reply(frame(1, 'E'));
      loop.settle();

      expect(wire.writes.map(String)).toEqual(['aBcDE']);
      expect(queue.stats.writes).toBe(1);
    });

    it('begins with a reply as well as with an event', () => {
      const { loop, anOutbox } = aQueue();
      const { outbox, wire } = anOutbox();

      outbox.reply(frame(1, 'A'));
      outbox.push(frame(1, 'b'));
      loop.settle();

      expect(wire.writes.map(String)).toEqual(['Ab']);
    });

    it('hands the very same buffer to all sessions with the same frames waiting', () => {
      const { loop, anOutbox } = aQueue();
      const boxes = Array.from({ length: 10 }, anOutbox);
      for (const event of [frame(2, 'a'), frame(2, 'b'), frame(2, 'c')]) {
        for (const { outbox } of boxes) outbox.push(event);
      }
      loop.settle();

      expect(new Set(boxes.map(({ wire }) => wire.writes[0])).size).toBe(1);
      expect(boxes[9]?.wire.text).toBe('aabbcc');
    });

    it('hands a single frame on without a copy', () => {
      const { loop, anOutbox } = aQueue();
      const { outbox, wire } = anOutbox();
      const event = frame(5);

      outbox.push(event);
      loop.settle();

      expect(wire.writes[0]).toBe(event);
    });

    it('keeps a reply to one session out of the others’ bytes', () => {
      const { loop, anOutbox } = aQueue();
      const [first, second, third] = [anOutbox(), anOutbox(), anOutbox()];
      const [one, two] = [frame(1, '1'), frame(1, '2')];
      for (const { outbox } of [first, second, third]) outbox.push(one);
      second.outbox.reply(frame(1, '!'));
      for (const { outbox } of [first, second, third]) outbox.push(two);
      loop.settle();

      expect([first, second, third].map(({ wire }) => wire.text)).toEqual(['12', '1!2', '12']);
      expect(first.wire.writes[0]).toBe(third.wire.writes[0]);
    });

    it('sends a single frame that is larger than the limit', () => {
      const { loop, anOutbox } = aQueue({ bytes: 100 });
      const { outbox, wire, givenUp } = anOutbox();

      outbox.push(frame(5_000));
      loop.settle();

      expect([wire.text.length, givenUp]).toEqual([5_000, []]);
    });

    it('writes early rather than call a client slow that had no turn to read in', () => {
      const { loop, anOutbox } = aQueue({ bytes: 100 });
      const { outbox, wire, givenUp } = anOutbox();

      for (let i = 0; i < 10; i++) outbox.push(frame(60));
      expect(wire.writes).toHaveLength(9);
      loop.settle();

      expect([wire.text.length, givenUp]).toEqual([600, []]);
    });

    it('costs the node no pressure', () => {
      const { loop, pressure, anOutbox } = aQueue();
      const { outbox } = anOutbox();

      outbox.push(frame(50));

      expect(pressure.bytes).toBe(0);
      loop.settle();
      expect([pressure.bytes, outbox.pendingBytes]).toEqual([0, 0]);
    });
  });

  describe('while the socket is busy', () => {
    it('holds what comes until the socket has taken the last write', () => {
      const { loop, outbox, wire } = aBlockedOutbox();
      outbox.push(frame(1, 'a'));
      outbox.reply(frame(1, 'B'));
      loop.settle();
      expect(wire.writes).toEqual([]);

      wire.read();

      expect(wire.writes.map(String)).toEqual(['aB']);
    });

    it('flows again afterwards', () => {
      const { loop, outbox, wire, queue } = aBlockedOutbox();
      wire.read();
      outbox.push(frame(1, 'a'));
      loop.settle();

      expect(wire.text).toBe('a');
      expect([outbox.blockedAt, queue.blocked]).toEqual([undefined, 0]);
    });

    it('blocks again when the socket does not take the rest either', () => {
      const { outbox, wire, pressure, queue } = aBlockedOutbox({}, 10);
      outbox.push(frame(7));

      wire.drain();

      expect([queue.blocked, pressure.bytes, outbox.pendingBytes]).toEqual([1, 7, 7]);
    });

    it('says since when', () => {
      const { clock, outbox, wire } = aBlockedOutbox();
      expect(outbox.blockedAt).toBe(0);

      clock.advance(50);
      outbox.push(frame(1));
      wire.drain();

      expect(outbox.blockedAt).toBe(50);
    });

    it('counts what the socket holds and what waits behind it as pressure', () => {
      const { outbox, pressure } = aBlockedOutbox({}, 10);
      outbox.push(frame(5));
      outbox.reply(frame(2));

      expect([pressure.bytes, outbox.pendingBytes]).toEqual([17, 17]);
    });

    it('returns the pressure to exactly zero when it flows', () => {
      const { outbox, wire, pressure } = aBlockedOutbox();
      outbox.push(frame(5));

      wire.read();

      expect([pressure.bytes, outbox.pendingBytes]).toEqual([0, 0]);
    });

    it('returns the pressure to exactly zero when it closes', () => {
      const { outbox, pressure, queue } = aBlockedOutbox();
      outbox.push(frame(5));

      outbox.close();
      outbox.close();

      expect([pressure.bytes, outbox.pendingBytes, queue.blocked]).toEqual([0, 0, 0]);
    });

    it('takes the word of a socket that comes too late for nothing', () => {
      const { outbox, wire, pressure } = aBlockedOutbox();
      outbox.close();

      wire.read();

      expect([pressure.bytes, wire.writes]).toEqual([0, []]);
    });
  });

  describe('a reader that is too slow', () => {
    it('is given up when what waits would pass the bound, and takes nothing more', () => {
      const { loop, outbox, wire, givenUp, pressure } = aBlockedOutbox({ bytes: 100 }, 60);
      outbox.push(frame(40));
      expect(givenUp).toEqual([]);

      outbox.push(frame(1));
      outbox.push(frame(1));
      outbox.reply(frame(1));
      wire.read();
      loop.settle();

      expect(givenUp).toHaveLength(1);
      expect([wire.writes, pressure.bytes]).toEqual([[], 0]);
    });

    it('is given up for replies it does not read, too', () => {
      const { outbox, givenUp } = aBlockedOutbox({ bytes: 100 }, 60);

      outbox.reply(frame(41));

      expect(givenUp).toHaveLength(1);
    });

    it('delays nobody else', () => {
      const { loop, anOutbox } = aQueue({ bytes: 100 });
      const [slow, quick] = [anOutbox(), anOutbox()];
      slow.wire.stall();
      for (let i = 0; i < 5; i++) {
        const event = frame(60, `${i}`);
        for (const { outbox } of [slow, quick]) outbox.push(event);
        loop.settle();
      }

      expect([slow.givenUp.length, quick.givenUp.length]).toEqual([1, 0]);
      expect(quick.wire.text).toHaveLength(300);
    });
  });

  describe('under the policy `drop`', () => {
    it('loses the oldest events, half of the room at once, and keeps the order of the rest', () => {
      const { outbox, wire, givenUp, queue } = aBlockedOutbox({ bytes: 100, overflow: 'drop' }, 20);
      for (let i = 0; i < 9; i++) outbox.push(frame(10, `${i}`));

      wire.read();

      expect(wire.text.replace(/(.)\1{9}/g, '$1')).toBe('45678');
      expect([givenUp, queue.stats.droppedOldest]).toEqual([[], 4]);
    });

    it('drops no reply', () => {
      const { outbox, wire } = aBlockedOutbox({ bytes: 100, overflow: 'drop' }, 20);
      outbox.reply(frame(10, 'R'));
      for (let i = 0; i < 30; i++) outbox.push(frame(10, 'e'));

      wire.read();

      expect(wire.text).toMatch(/^R{10}e+$/);
    });

    it('keeps the newest even when the socket alone holds more than the bound', () => {
      const { outbox, wire, givenUp } = aBlockedOutbox({ bytes: 100, overflow: 'drop' }, 5_000);
      for (let i = 0; i < 1_000; i++) outbox.push(frame(4, String(i).padStart(4, '0')));
      expect(outbox.pendingBytes).toBeLessThanOrEqual(5_000 + 50);

      wire.read();

      expect(wire.text).toMatch(/09980999$/);
      expect(givenUp).toEqual([]);
    });

    it('gives up a reader whose unread replies alone fill the room', () => {
      const { outbox, givenUp, pressure } = aBlockedOutbox({ bytes: 100, overflow: 'drop' }, 20);

      for (let i = 0; i < 100; i++) outbox.reply(frame(10));

      expect([givenUp.length, pressure.bytes, outbox.pendingBytes]).toEqual([1, 0, 0]);
    });

    it('takes dropped bytes off the pressure', () => {
      const { outbox, wire, pressure } = aBlockedOutbox({ bytes: 100, overflow: 'drop' }, 20);
      for (let i = 0; i < 50; i++) {
        outbox.push(frame(10));
        expect(pressure.bytes).toBe(outbox.pendingBytes);
      }

      wire.read();

      expect(pressure.bytes).toBe(0);
    });
  });

  describe('at the end', () => {
    it('finish writes what waits and takes nothing more', () => {
      const { loop, anOutbox } = aQueue();
      const { outbox, wire } = anOutbox();
      outbox.push(frame(1, 'a'));

      outbox.finish();
      outbox.push(frame(1, 'b'));
      outbox.reply(frame(1, 'c'));
      loop.settle();

      expect(wire.text).toBe('a');
    });

    it('finish hands a busy socket the rest, for there is no later', () => {
      const { outbox, wire, pressure } = aBlockedOutbox();
      outbox.push(frame(1, 'a'));

      outbox.finish();

      expect([wire.text, pressure.bytes]).toEqual(['a', 0]);
    });

    it('close forgets what waits', () => {
      const { loop, anOutbox } = aQueue();
      const { outbox, wire } = anOutbox();
      outbox.push(frame(1));

      outbox.close();
      loop.settle();

      expect(wire.writes).toEqual([]);
    });
  });

  it('loses nothing, changes no order and accounts for every byte, however the client reads', () => {
    const step = fc.oneof(
      fc.record({ what: fc.constantFrom('push', 'reply' as const), length: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ what: fc.constantFrom('turn', 'stall', 'drain', 'read' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { loop, pressure, anOutbox } = aQueue({ bytes: 1_000_000 });
        const { outbox, wire } = anOutbox();
        let sent = '';
        for (const [index, action] of steps.entries()) {
          if ('length' in action) {
            const text = frame(action.length, String.fromCodePoint(97 + (index % 26)));
            outbox[action.what](text);
            sent += text.toString();
          } else if (action.what === 'turn') loop.turn();
          else wire[action.what]();
          expect(pressure.bytes).toBe(outbox.blockedAt === undefined ? 0 : outbox.pendingBytes);
        }
        wire.read();
        loop.settle();

        expect(wire.text).toBe(sent);
        expect([pressure.bytes, outbox.pendingBytes]).toEqual([0, 0]);
      }),
      { numRuns: 300 },
    );
  });

  describe('tells when it is empty', () => {
    it('at once when nothing waits, and when it has closed', () => {
      const { anOutbox } = aQueue();
      const { outbox } = anOutbox();
      const told: string[] = [];

      outbox.whenEmpty(() => told.push('empty'));
      outbox.push(frame(1));
      outbox.close();
      outbox.whenEmpty(() => told.push('closed'));

      expect(told).toEqual(['empty', 'closed']);
    });

    it('once, when the turn has brought everything out', () => {
      const { loop, anOutbox } = aQueue();
      const { outbox } = anOutbox();
      let told = 0;
      outbox.push(frame(1));
      outbox.whenEmpty(() => told++);
      expect(told).toBe(0);

      loop.settle();
      outbox.push(frame(1));
      loop.settle();

      expect(told).toBe(1);
    });

    it('not before the socket has taken what came while it was busy, too', () => {
      const { outbox, wire } = aBlockedOutbox();
      let told = 0;
      outbox.push(frame(1));
      outbox.whenEmpty(() => told++);

      wire.drain();
      expect([told, wire.text]).toEqual([0, 'x']);
      wire.read();
      expect(told).toBe(1);
    });

    it.each(['close', 'finish', 'giveUp'] as const)('when it ends by %s with something in it', (end) => {
      const { outbox } = aBlockedOutbox();
      let told = 0;
      outbox.whenEmpty(() => told++);

      outbox[end]();

      expect(told).toBe(1);
    });
  });
});
