import { aNode, FakeConnection, lineProtocol } from '../../../test/support/builders/index.js';
import { EventBus, EventIntake, LocalBus, type HermesEvent, type PublishOutcome } from '../../delivery/index.js';
import { DeliveryConfig, SessionService, SessionsConfig } from '../../sessions/index.js';
import { CENSUS_CHANNEL } from './census-message.js';
import { TopicCensus } from './topic-census.js';
import { topicList } from './topic-list.js';

/** Brings every event to every node that was connected to it. */
class SharedBus extends EventBus {
  readonly intakes: EventIntake[] = [];
  available = true;

  override publish(events: readonly HermesEvent[]): Promise<PublishOutcome> {
    if (!this.available) return Promise.resolve({ kind: 'unavailable', reason: 'the broker is away' });
    for (const intake of this.intakes) for (const event of events) intake.accept('shared', event);
    return Promise.resolve({ kind: 'published' });
  }
}

function aCensus(bus?: SharedBus, limits = new DeliveryConfig()) {
  const { delivery } = aNode();
  const intake = new EventIntake(delivery, limits.maxEvent);
  bus?.intakes.push(intake);
  const sessions = new SessionService(delivery, new SessionsConfig(), limits);
  const census = new TopicCensus(sessions, delivery, bus ?? new LocalBus(intake), limits);
  census.onModuleInit();
  const subscribe = (...channels: string[]) => {
    const session = sessions.open(lineProtocol, { ip: '', userAgent: '' }, new FakeConnection());
    for (const channel of channels) sessions.subscribe(session, channel, '***');
  };
  const list = async (prefix = '', limit = 100) => topicList((await census.take(prefix))!, limit);
  return { census, delivery, intake, subscribe, list };
}

describe('the census of topics', () => {
  it('counts the one node there is', async () => {
    const { subscribe, list } = aCensus();
    subscribe('a', 'b', '***');
    subscribe('a');

    expect(await list()).toEqual({
      scope: 'node',
      nodes: 1,
      truncated: false,
      everyChannel: 1,
      topics: [
        { topic: 'a', channel: 'a', subscribers: 2 },
        { topic: 'b', channel: 'b', subscribers: 1 },
      ],
    });
  });

  it('adds up all nodes that share a bus', async () => {
    const bus = new SharedBus();
    const [one, other, third] = [aCensus(bus), aCensus(bus), aCensus(bus)];
    one.subscribe('a', '***');
    other.subscribe('a');
    other.subscribe('a', 'number:7');
    third.subscribe('b', '***');

    const expected = {
      scope: 'cluster',
      nodes: 3,
      everyChannel: 2,
      topics: [
        { topic: 'a', subscribers: 3 },
        { topic: 'b', subscribers: 1 },
        { topic: 7, subscribers: 1 },
      ],
    };
    expect(await one.list()).toMatchObject(expected);
    expect(await third.list()).toMatchObject(expected);
    expect(await other.list('num')).toMatchObject({ topics: [{ topic: 7 }] });
  });

  it('counts this node alone when the bus is away, and says so', async () => {
    const bus = new SharedBus();
    const [one, other] = [aCensus(bus), aCensus(bus)];
    for (const { subscribe } of [one, other]) subscribe('a');
    bus.available = false;

    expect(await one.list()).toMatchObject({ scope: 'node', nodes: 1, topics: [{ topic: 'a', subscribers: 1 }] });
  });

  it('reports no more than one event may hold, and says that it left some out', async () => {
    const bus = new SharedBus();
    const limits = Object.assign(new DeliveryConfig(), { maxEvent: 1_024 });
    const [one, other] = [aCensus(bus, limits), aCensus(bus, limits)];
    for (let index = 0; index < 100; index++) other.subscribe(`a channel with the number ${index}`, 'popular');

    const list = await one.list();
    expect(list).toMatchObject({ nodes: 2, truncated: true });
    expect(list.topics[0]).toEqual({ topic: 'popular', channel: 'popular', subscribers: 100 });
    expect(list.topics.length).toBeGreaterThan(5);
  });

  it.each([
    ['a broadcast, which clients could send', 'broadcast', { census: 'c', node: 'n', prefix: '' }],
    ['an array', 'internal', []],
    ['null', 'internal', null],
    ['a report of a wrong shape', 'internal', { census: 'c', report: { node: 'n', channels: [['a']] } }],
  ])('ignores %s on its channel', async (_, kind, content) => {
    const bus = new SharedBus();
    const [one, other] = [aCensus(bus), aCensus(bus)];
    const audience = kind === 'internal' ? { kind } : { kind: 'broadcast' as const, role: undefined };
    let answers = 0;
    for (const name of ['asked', 'answered']) {
      const publish = jest.spyOn(bus, 'publish');
      one.intake.accept('test', {
        channel: CENSUS_CHANNEL,
        name,
        audience: audience as HermesEvent['audience'],
        retention: undefined,
        cacheKey: undefined,
        payload: Buffer.from(JSON.stringify(content)),
        receivedAt: 0,
      });
      await new Promise(setImmediate);
      answers += publish.mock.calls.length;
      publish.mockRestore();
    }

    expect(answers).toBe(0);
    expect((await other.list()).nodes).toBe(2);
  });

  it('is not taken too many times at once', async () => {
    const bus = new SharedBus();
    const { census } = aCensus(bus);

    const taken = await Promise.all(Array.from({ length: 20 }, () => census.take('')));

    expect(taken.filter((one) => one === undefined)).toHaveLength(4);
  });
});
