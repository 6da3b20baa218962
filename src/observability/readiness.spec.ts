import { aNode } from '../../test/support/builders/index.js';
import { FakeChatStore } from '../../test/support/chat/fake-chat-store.js';
import { EventBus, type PublishOutcome } from '../delivery/index.js';
import { EventSource, SourceRegistry, type SourceState } from '../sources/index.js';
import { Readiness } from './readiness.js';

/** A source whose state the test sets. */
class SettableSource extends EventSource {
  readonly stats = {};

  constructor(
    readonly name: string,
    public state: SourceState,
  ) {
    super();
  }

  override start(): void {}
  override pause(): void {}
  override resume(): void {}
  override stop(): Promise<void> {
    return Promise.resolve();
  }
}

/** A bus that cannot publish while it has a trouble. */
class SettableBus extends EventBus {
  reason: string | undefined;

  override get trouble(): string | undefined {
    return this.reason;
  }

  override publish(): Promise<PublishOutcome> {
    return Promise.resolve({ kind: 'published' });
  }
}

const consuming: SourceState = { kind: 'consuming' };

function aReadiness(...sources: readonly EventSource[]) {
  return aReadinessWith(new SettableBus(), sources);
}

function aReadinessWith(bus: EventBus, sources: readonly EventSource[] = []) {
  const registry = new SourceRegistry(aNode().delivery);
  for (const source of sources) registry.register(source);
  return new Readiness(registry, bus);
}

describe('Readiness', () => {
  it('is there at once on a node without a broker', () => {
    expect(aReadiness().report()).toEqual({ status: 'ready', reasons: [], sources: {} });
  });

  it('is there when all sources consume', () => {
    const readiness = aReadiness(new SettableSource('rabbitmq', consuming), new SettableSource('kafka', consuming));

    expect(readiness.report()).toEqual({
      status: 'ready',
      reasons: [],
      sources: { rabbitmq: 'consuming', kafka: 'consuming' },
    });
  });

  it('is gone while one of them does not, and comes back with it', () => {
    const rabbitmq = new SettableSource('rabbitmq', { kind: 'waiting', reason: 'connection refused' });
    const readiness = aReadiness(rabbitmq, new SettableSource('kafka', { kind: 'stopped' }));
    expect(readiness.report()).toMatchObject({
      status: 'not ready',
      reasons: ['rabbitmq: connection refused', 'kafka: stopped'],
    });

    rabbitmq.state = consuming;
    expect(readiness.report().reasons).toEqual(['kafka: stopped']);
  });

  it('is gone for good when the node stops', () => {
    const readiness = aReadiness(new SettableSource('rabbitmq', consuming));

    readiness.drain();

    expect(readiness.report()).toMatchObject({ status: 'not ready', reasons: ['Hermes is stopping'] });
  });

  it('is gone while nothing can be published', () => {
    const bus = new SettableBus();
    const readiness = aReadinessWith(bus);
    bus.reason = 'not connected to the broker';
    expect(readiness.report()).toMatchObject({ status: 'not ready', reasons: ['bus: not connected to the broker'] });

    bus.reason = undefined;
    expect(readiness.report()).toMatchObject({ status: 'ready' });
  });

  it('is gone while chat has no store, where there is chat', () => {
    const store = new FakeChatStore();
    const readiness = new Readiness(new SourceRegistry(aNode().delivery), new SettableBus(), store);
    store.goAway();
    expect(readiness.report()).toMatchObject({ status: 'not ready', reasons: ['chat: connection refused'] });

    store.comeBack();
    expect(readiness.report()).toMatchObject({ status: 'ready' });
  });
});
