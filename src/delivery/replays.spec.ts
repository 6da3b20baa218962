import { aNode, anEvent, type Listener, type Node } from '../../test/support/builders/index.js';
import { WILDCARD } from './subscription-index.js';

/** A node that keeps so many events, each of a channel of its own, and one client. */
function aNodeThatKeeps(count: number): { node: Node; listener: Listener } {
  const node = aNode({ retained: { perTopic: 10, bytes: 100_000_000 } });
  for (let i = 0; i < count; i++) node.delivery.deliver(anEvent({ channel: `channel ${i}`, retention: 'forever' }));
  return { node, listener: node.connect() };
}

describe('Replays', () => {
  it('look at what a subscription brings, and count it', () => {
    const { node, listener } = aNodeThatKeeps(5);

    node.delivery.subscribe(listener.subscriber, 'channel 0', WILDCARD);
    expect(listener.subscriber.takeLooked()).toBeGreaterThanOrEqual(1);
    node.delivery.subscribe(listener.subscriber, WILDCARD, WILDCARD);
    expect(listener.subscriber.takeLooked()).toBeGreaterThanOrEqual(5);
    expect(listener.subscriber.takeLooked()).toBe(0);
  });

  it('look at nothing for what changes nothing', () => {
    const { node, listener } = aNodeThatKeeps(5);
    node.delivery.subscribe(listener.subscriber, WILDCARD, WILDCARD);
    node.delivery.mute(listener.subscriber, 'flash');
    listener.subscriber.takeLooked();

    node.delivery.subscribe(listener.subscriber, WILDCARD, WILDCARD);
    node.delivery.mute(listener.subscriber, 'flash');
    node.delivery.unsubscribe(listener.subscriber, 'channel 0', 'other');

    expect(listener.subscriber.takeLooked()).toBe(0);
  });

  it('remember nothing of what the session still matches', () => {
    const { node, listener } = aNodeThatKeeps(5);
    node.delivery.subscribe(listener.subscriber, WILDCARD, WILDCARD);
    node.delivery.subscribe(listener.subscriber, WILDCARD, 'flash');
    node.delivery.unsubscribe(listener.subscriber, WILDCARD, 'flash');
    node.delivery.subscribe(listener.subscriber, 'channel 0', 'flash');

    expect(listener.received()).toHaveLength(5);
    expect(listener.subscriber.seen).toBeUndefined();
  });

  it('remember a bounded number of events that a session had, the newest', () => {
    const { node, listener } = aNodeThatKeeps(10_000);
    for (let time = 0; time < 3; time++) {
      node.delivery.subscribe(listener.subscriber, WILDCARD, WILDCARD);
      node.delivery.unsubscribe(listener.subscriber, WILDCARD, WILDCARD);
    }
    expect(listener.subscriber.seen?.size).toBeLessThanOrEqual(8_192);

    listener.received();
    node.delivery.subscribe(listener.subscriber, 'channel 9999', WILDCARD);
    expect(listener.received()).toEqual([]);
  });
});
