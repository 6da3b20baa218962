import { FakeClock, FakeConnection, ManualSchedule } from '../../test/support/builders/index.js';
import { FlushQueue } from './flush-queue.js';
import { Outbox } from './outbox.js';
import { Pressure } from './pressure.js';

function aQueue({ bound = 1_000_000 } = {}) {
  const clock = new FakeClock();
  const loop = new ManualSchedule();
  const pressure = new Pressure(bound, loop.schedule);
  const queue = new FlushQueue(loop.schedule, clock, pressure);
  const settled: number[] = [];
  queue.onSettled((milliseconds) => settled.push(milliseconds));
  const anOutbox = () => {
    const wire = new FakeConnection();
    const owner = { gone: false, tooSlow: () => (owner.gone = true) };
    return { wire, owner, outbox: new Outbox(wire, owner, queue, { bytes: 1_000, overflow: 'close' }) };
  };
  return { clock, loop, pressure, queue, settled, anOutbox };
}

const event = Buffer.from('event');

describe('FlushQueue', () => {
  it('is idle until there is something to send, and again afterwards', () => {
    const { loop, anOutbox } = aQueue();
    expect(loop.idle).toBe(true);

    anOutbox().outbox.push(event);
    expect(loop.idle).toBe(false);
    loop.turn();
    expect(loop.idle).toBe(true);
  });

  it('schedules one turn for however many outboxes', () => {
    const tasks: unknown[] = [];
    const schedule = (task: () => void) => void tasks.push(task);
    const queue = new FlushQueue(schedule, new FakeClock(), new Pressure(1, schedule));
    for (let i = 0; i < 100; i++) {
      new Outbox(new FakeConnection(), { tooSlow: () => undefined }, queue, { bytes: 1, overflow: 'close' }).push(
        event,
      );
    }

    expect(tasks).toHaveLength(1);
  });

  it('lets the event loop breathe after 512 outboxes', () => {
    const { loop, queue, anOutbox } = aQueue();
    const boxes = Array.from({ length: 1_100 }, anOutbox);
    for (const { outbox } of boxes) outbox.push(event);

    const writesByTurn: number[] = [];
    while (!loop.idle) {
      loop.turn();
      writesByTurn.push(queue.stats.writes);
    }

    expect(writesByTurn).toEqual([512, 1_024, 1_100]);
    expect(boxes.every(({ wire }) => wire.text === 'event')).toBe(true);
  });

  it('sends what comes between two slices in order, behind what was sent before', () => {
    const { loop, anOutbox } = aQueue();
    const boxes = Array.from({ length: 1_000 }, anOutbox);
    for (const { outbox } of boxes) outbox.push(Buffer.from('1'));
    loop.turn();
    const second = Buffer.from('2');
    for (const { outbox } of boxes) outbox.push(second);
    loop.settle();

    expect(new Set(boxes.map(({ wire }) => wire.text))).toEqual(new Set(['12']));
  });

  it('takes no harm from an outbox that closed while it was queued', () => {
    const { loop, queue, anOutbox } = aQueue();
    const [gone, here] = [anOutbox(), anOutbox()];
    gone.outbox.push(event);
    here.outbox.push(event);

    gone.outbox.close();
    loop.settle();

    expect([gone.wire.writes.length, here.wire.text, queue.stats.writes]).toEqual([0, 'event', 1]);
  });

  describe('settled times', () => {
    it('run from the source to the last write of the event', () => {
      const { clock, loop, queue, settled, anOutbox } = aQueue();
      clock.advance(100);
      for (let i = 0; i < 600; i++) anOutbox().outbox.push(event);
      queue.watch(95);

      loop.turn();
      expect(settled).toEqual([]);
      clock.advance(2);
      loop.turn();

      expect(settled).toEqual([7]);
    });

    it('are told event by event, each as soon as its own frames are out', () => {
      const { clock, loop, queue, settled, anOutbox } = aQueue();
      anOutbox().outbox.push(event);
      queue.watch(0);
      for (let i = 0; i < 600; i++) anOutbox().outbox.push(event);
      queue.watch(0);

      clock.advance(1);
      loop.turn();
      expect(settled).toEqual([1]);
      clock.advance(1);
      loop.turn();
      expect(settled).toEqual([1, 2]);
    });

    it('are told of two events in the same frames’ turn', () => {
      const { loop, queue, settled, anOutbox } = aQueue();
      const { outbox } = anOutbox();
      for (let i = 0; i < 2; i++) {
        outbox.push(event);
        queue.watch(0);
      }

      loop.settle();

      expect(settled).toEqual([0, 0]);
    });

    it('leave out an event that only waits for slow readers: its time is theirs', () => {
      const { clock, loop, queue, settled, anOutbox } = aQueue();
      const slow = anOutbox();
      slow.wire.stall();
      slow.outbox.push(event);
      loop.settle();

      slow.outbox.push(event);
      queue.watch(clock.now());
      clock.advance(60_000);
      anOutbox().outbox.push(event);
      queue.watch(clock.now());
      loop.settle();

      expect(settled).toEqual([0]);
    });

    it('are not even written down when nobody listens', () => {
      const loop = new ManualSchedule();
      const queue = new FlushQueue(loop.schedule, new FakeClock(), new Pressure(1, loop.schedule));

      queue.watch(0);

      expect(loop.idle).toBe(true);
    });
  });

  describe('giving up the stalled', () => {
    it('ends those that have taken nothing for so long, once the pressure is high', () => {
      const { clock, loop, queue, pressure, anOutbox } = aQueue({ bound: 8 });
      const [stuck, late, quick] = [anOutbox(), anOutbox(), anOutbox()];
      stuck.wire.stall();
      stuck.outbox.push(event);
      quick.outbox.push(event);
      loop.settle();
      clock.advance(1_000);
      late.wire.stall();
      late.outbox.push(event);
      loop.settle();
      expect(pressure.high).toBe(true);

      clock.advance(1_001);
      queue.giveUpStalled(2_000);

      expect([stuck, late, quick].map(({ owner }) => owner.gone)).toEqual([true, false, false]);
      expect([pressure.bytes, pressure.high]).toEqual([5, true]);
    });

    it('leaves everybody in peace while the pressure is low', () => {
      const { clock, loop, queue, anOutbox } = aQueue();
      const { wire, outbox, owner } = anOutbox();
      wire.stall();
      outbox.push(event);
      loop.settle();

      clock.advance(3_600_000);
      queue.giveUpStalled(2_000);

      expect(owner.gone).toBe(false);
    });

    it('counts from the last time the socket took something', () => {
      const { clock, loop, queue, anOutbox } = aQueue({ bound: 1 });
      const { wire, outbox, owner } = anOutbox();
      wire.stall();
      outbox.push(event);
      loop.settle();
      for (let i = 0; i < 5; i++) {
        clock.advance(1_500);
        outbox.push(event);
        wire.drain();
        queue.giveUpStalled(2_000);
      }
      expect(owner.gone).toBe(false);

      clock.advance(2_001);
      queue.giveUpStalled(2_000);
      expect(owner.gone).toBe(true);
    });

    it('relieves the pressure when all of them are gone', () => {
      const { clock, loop, queue, pressure, anOutbox } = aQueue({ bound: 10 });
      const boxes = Array.from({ length: 20 }, anOutbox);
      for (const { wire, outbox } of boxes) {
        wire.stall();
        outbox.push(event);
      }
      loop.settle();

      clock.advance(2_001);
      queue.giveUpStalled(2_000);

      expect([queue.blocked, pressure.bytes, pressure.high]).toEqual([0, 0, false]);
    });
  });
});
