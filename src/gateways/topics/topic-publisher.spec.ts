import { EventBus, type HermesEvent, type PublishOutcome } from '../../delivery/index.js';
import { DeliveryConfig } from '../../sessions/index.js';
import { TopicPublisher } from './topic-publisher.js';
import { TopicsConfig } from './topics.config.js';

class RecordingBus extends EventBus {
  readonly events: HermesEvent[] = [];
  outcome: PublishOutcome = { kind: 'published' };

  override publish(events: readonly HermesEvent[]): Promise<PublishOutcome> {
    this.events.push(...events);
    return Promise.resolve(this.outcome);
  }
}

function aPublisher() {
  const bus = new RecordingBus();
  const limits = Object.assign(new DeliveryConfig(), { maxEvent: 10 });
  return { bus, publisher: new TopicPublisher(bus, new TopicsConfig(), limits) };
}

const command = { topic: 't', channel: 't', data: '"some"' };

describe('what a client publishes', () => {
  it('goes on the bus as a broadcast, its data untouched', async () => {
    const { bus, publisher } = aPublisher();

    await publisher.publish({ ...command, data: '{"a":1.0}' });

    expect(bus.events).toMatchObject([
      { channel: 't', name: 'message', audience: { kind: 'broadcast', role: undefined }, retention: undefined },
    ]);
    expect(bus.events[0]?.payload.toString()).toBe('{"a":1.0}');
  });

  it('is refused when it is larger than an event may be', async () => {
    const { bus, publisher } = aPublisher();

    await expect(publisher.publish({ ...command, data: '"too much"' + ' '.repeat(10) })).rejects.toMatchObject({
      code: 400,
      message: 'Server error processing message: data must not be larger than 10 bytes',
    });
    expect(bus.events).toEqual([]);
  });

  it('is refused while the bus is away, without saying where the bus is', async () => {
    const { bus, publisher } = aPublisher();
    bus.outcome = { kind: 'unavailable', reason: 'no answer from rabbit.internal:5672' };

    await expect(publisher.publish(command)).rejects.toMatchObject({
      code: 503,
      message: 'Server error processing message: nothing can be published at the moment, try again',
    });
  });
});
