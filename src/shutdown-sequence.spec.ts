import { Logger } from '@nestjs/common';
import { aNode } from '../test/support/builders/index.js';
import { LogRecorder } from '../test/support/log-recorder.js';
import { EventBus, type PublishOutcome } from './delivery/index.js';
import type { HttpDoor } from './http/index.js';
import { Readiness } from './observability/index.js';
import { SessionsConfig, type SessionService } from './sessions/index.js';
import { ShutdownSequence } from './shutdown-sequence.js';
import { EventSource, SourceRegistry } from './sources/index.js';

/** A source that stops when the test says so. */
class HeldSource extends EventSource {
  readonly name = 'held';
  readonly state = { kind: 'consuming' } as const;
  readonly stats = {};
  end = (): void => undefined;
  fail = (): void => undefined;

  constructor(private readonly stopping: () => void) {
    super();
  }

  override start(): void {}
  override pause(): void {}
  override resume(): void {}
  override stop(): Promise<void> {
    this.stopping();
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
  let readiness: Readiness;
  let sequence: ShutdownSequence;
  let log: LogRecorder;

  beforeEach(() => {
    jest.useFakeTimers();
    log = LogRecorder.install();
    steps = [];
    source = new HeldSource(() => void steps.push('sources stopping'));
    const registry = new SourceRegistry(aNode().delivery);
    registry.register(source);
    const sessions = { sessions: new Set(), drain: () => Promise.resolve(void steps.push('drained')) };
    readiness = new Readiness(registry, new NoBus());
    const config = Object.assign(new SessionsConfig(), { shutdownDelay: 5_000 });
    const door = { close: () => Promise.resolve(void steps.push('answered')) } as HttpDoor;
    sequence = new ShutdownSequence(readiness, registry, sessions as unknown as SessionService, config, door);
    sequence.begin();
  });

  afterEach(() => {
    jest.useRealTimers();
    Logger.overrideLogger(false);
  });

  it('says that it is not ready, and goes on for the time that load balancers need to hear of it', async () => {
    const stopped = sequence.beforeApplicationShutdown();
    expect(readiness.report().reasons).toEqual(['Hermes is stopping']);
    await jest.advanceTimersByTimeAsync(4_900);
    expect(steps).toEqual([]);

    await jest.advanceTimersByTimeAsync(100);
    expect(steps).toEqual(['drained', 'answered', 'sources stopping']);
    source.end();
    await stopped;
    expect(log.of('sources.stop.failed')).toEqual([]);
  });

  it.each([
    ['does not end', 'not in time', () => undefined],
    ['fails', 'a bug', () => source.fail()],
  ])('goes on also when a source %s', async (_, reason, happens) => {
    const stopped = sequence.beforeApplicationShutdown();
    await jest.advanceTimersByTimeAsync(5_000);
    happens();
    await jest.advanceTimersByTimeAsync(3_000);
    await stopped;
    expect(steps).toEqual(['drained', 'answered', 'sources stopping']);
    expect(log.of('sources.stop.failed')).toEqual([expect.stringContaining(reason)]);
  });
});
