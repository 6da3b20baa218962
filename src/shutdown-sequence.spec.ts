import { Logger } from '@nestjs/common';
import { aNode } from '../test/support/builders/index.js';
import { LogRecorder } from '../test/support/log-recorder.js';
import { EventBus, type PublishOutcome } from './delivery/index.js';
import { Readiness } from './observability/index.js';
import type { SessionService } from './sessions/index.js';
import { ShutdownSequence } from './shutdown-sequence.js';
import { EventSource, SourceRegistry } from './sources/index.js';

/** A source that stops when the test says so. */
class HeldSource extends EventSource {
  readonly name = 'held';
  readonly state = { kind: 'consuming' } as const;
  readonly stats = {};
  end = (): void => undefined;
  fail = (): void => undefined;

  override start(): void {}
  override pause(): void {}
  override resume(): void {}
  override stop(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.end = resolve;
      this.fail = () => reject(new Error('a bug'));
    });
  }
}

class NoBus extends EventBus {
  override publish(): Promise<PublishOutcome> {
    return Promise.resolve({ kind: 'published' });
  }
}

describe('ShutdownSequence', () => {
  let source: HeldSource;
  let steps: string[];
  let sequence: ShutdownSequence;
  let log: LogRecorder;

  beforeEach(() => {
    jest.useFakeTimers();
    log = LogRecorder.install();
    source = new HeldSource();
    steps = [];
    const registry = new SourceRegistry(aNode().delivery);
    registry.register(source);
    const sessions = { sessions: new Set(), drain: () => Promise.resolve(void steps.push('drained')) };
    const readiness = new Readiness(registry, new NoBus());
    sequence = new ShutdownSequence(readiness, registry, sessions as unknown as SessionService);
  });

  afterEach(() => {
    jest.useRealTimers();
    Logger.overrideLogger(false);
  });

  it('lets sources end before it closes sessions', async () => {
    const stopped = sequence.beforeApplicationShutdown();
    await jest.advanceTimersByTimeAsync(2_900);
    expect(steps).toEqual([]);

    source.end();
    await stopped;
    expect(steps).toEqual(['drained']);
    expect(log.of('sources.stop.failed')).toEqual([]);
  });

  it.each([
    ['does not end', 'not in time', () => undefined],
    ['fails', 'a bug', () => source.fail()],
  ])('closes sessions also when a source %s', async (_, reason, happens) => {
    const stopped = sequence.beforeApplicationShutdown();
    happens();
    await jest.advanceTimersByTimeAsync(3_000);
    await stopped;
    expect(steps).toEqual(['drained']);
    expect(log.of('sources.stop.failed')).toEqual([expect.stringContaining(reason)]);
  });
});
