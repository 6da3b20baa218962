import * as fc from 'fast-check';
import { FakeConnection } from '../../test/support/builders/index.js';
import { CommandLane } from './command-lane.js';

/** A lane whose commands are names; those that were told to wait finish when the test says so. */
function aLane() {
  const connection = new FakeConnection();
  const log: string[] = [];
  const running = new Map<string, { finish: () => Promise<void>; fail: () => Promise<void> }>();
  const lane = new CommandLane<string>(connection, (command) => {
    log.push(command);
    if (!command.startsWith('slow')) return undefined;
    return new Promise<void>((resolve, reject) => {
      running.set(command, {
        finish: () => Promise.resolve(resolve()),
        fail: () => Promise.resolve(reject(new Error(command))),
      });
    });
  });
  const finish = async (command: string) => running.get(command)?.finish();
  const fail = async (command: string) => running.get(command)?.fail();
  return { lane, log, connection, finish, fail };
}

describe('CommandLane', () => {
  it('runs a command that finishes at once without waiting for anything', () => {
    const { lane, log } = aLane();

    lane.push('a');
    lane.push('b');

    expect(log).toEqual(['a', 'b']);
  });

  it('makes the next command wait for a slow one', async () => {
    const { lane, log, finish } = aLane();
    lane.push('slow authorize');
    lane.push('subscribe');
    lane.push('slow cache');
    lane.push('unsubscribe');
    expect(log).toEqual(['slow authorize']);

    await finish('slow authorize');
    expect(log).toEqual(['slow authorize', 'subscribe', 'slow cache']);
    await finish('slow cache');
    expect(log).toEqual(['slow authorize', 'subscribe', 'slow cache', 'unsubscribe']);
  });

  it('ends when all that has come is carried out', async () => {
    const { lane, log, finish } = aLane();
    lane.push('slow a');
    lane.push('b');
    lane.push('slow c');
    lane.end(() => log.push('end'));
    await finish('slow a');
    expect(log).toEqual(['slow a', 'b', 'slow c']);
    await finish('slow c');
    expect(log).toEqual(['slow a', 'b', 'slow c', 'end']);

    const idle = aLane();
    idle.lane.push('a');
    idle.lane.end(() => idle.log.push('end'));
    expect(idle.log).toEqual(['a', 'end']);
  });

  it('goes on after a command that failed', async () => {
    const { lane, log, fail } = aLane();
    lane.push('slow and wrong');
    lane.push('next');

    await fail('slow and wrong');

    expect(log).toEqual(['slow and wrong', 'next']);
  });

  it('is free again after a slow command', async () => {
    const { lane, log, finish } = aLane();
    lane.push('slow');
    await finish('slow');

    lane.push('next');

    expect(log).toEqual(['slow', 'next']);
  });

  it('stops reading when 32 commands wait and goes on when there is room', async () => {
    const { lane, connection, finish } = aLane();
    lane.push('slow 0');
    for (let i = 1; i < 32; i++) lane.push(`slow ${i}`);
    expect(connection.readingPaused).toBe(false);
    lane.push('slow 32');
    expect(connection.readingPaused).toBe(true);

    await finish('slow 0');

    expect(connection.readingPaused).toBe(false);
  });

  it('takes what was read already when it stopped, and goes on reading only when that is down to the bound', async () => {
    const { lane, connection, log, finish } = aLane();
    for (let i = 0; i < 40; i++) lane.push(`slow ${i}`);

    for (let i = 0; i < 40; i++) {
      expect(connection.readingPaused).toBe(i < 8);
      await finish(`slow ${i}`);
    }

    expect(log).toHaveLength(40);
    expect(connection.readingPaused).toBe(false);
  });

  it('runs nothing that waits or comes when it is closed', async () => {
    const { lane, log, finish } = aLane();
    lane.push('slow');
    lane.push('waiting');

    lane.close();
    lane.push('late');
    await finish('slow');

    expect(log).toEqual(['slow']);
  });

  it('runs 20,000 commands behind a slow one without a deep call stack', async () => {
    const { lane, log, finish } = aLane();
    lane.push('slow');
    for (let i = 0; i < 20_000; i++) lane.push('quick');

    await finish('slow');

    expect(log).toHaveLength(20_001);
  });

  it('keeps the order and runs one at a time, however long each takes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 3 }), { maxLength: 60 }), async (durations) => {
        const started: number[] = [];
        let running = 0;
        const lane = new CommandLane<number>(new FakeConnection(), (index) => {
          started.push(index);
          const duration = durations[index] ?? 0;
          if (duration === 0) return undefined;
          return (async () => {
            expect(++running).toBe(1);
            for (let tick = 0; tick < duration; tick++) await Promise.resolve();
            running--;
          })();
        });
        const everything = durations.map((_, index) => index);
        for (const index of everything) lane.push(index);
        for (let tick = 0; tick < 6 * durations.length; tick++) await Promise.resolve();

        expect(started).toEqual(everything);
      }),
      { numRuns: 100 },
    );
  });
});
