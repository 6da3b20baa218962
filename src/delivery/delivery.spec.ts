import {
  aNode,
  anEvent,
  generousLimits,
  lineEncoder,
  toEverybody,
  toNobody,
  toUser,
  type EventDetails,
  type Listener,
  type Node,
} from '../../test/support/builders/index.js';
import { WILDCARD } from './subscription-index.js';

/** An event kept without expiry. */
function aKeptEvent(details: EventDetails = {}) {
  return anEvent({ retention: 'forever', ...details });
}

function subscribe({ delivery }: Node, { subscriber }: Listener, channel = 'news', event = 'flash'): boolean {
  return delivery.subscribe(subscriber, channel, event);
}

function unsubscribe({ delivery }: Node, { subscriber }: Listener, channel = 'news', event = 'flash'): void {
  delivery.unsubscribe(subscriber, channel, event);
}

/** A node with one client that subscribed to the flashes of the news. */
function aNodeWithListener() {
  const node = aNode();
  const listener = node.connect();
  subscribe(node, listener);
  return { node, listener };
}

describe('Delivery', () => {
  describe('of broadcasts', () => {
    it('reaches those who subscribed to the event, and only them', () => {
      const { node, listener } = aNodeWithListener();
      const stranger = node.connect();
      subscribe(node, stranger, 'news', 'weather');

      node.delivery.deliver(anEvent({ payload: '"hello"' }));

      expect(listener.received()).toEqual(['news/flash "hello"']);
      expect(stranger.received()).toEqual([]);
    });

    it.each([
      ['news', 'flash'],
      ['news', WILDCARD],
      [WILDCARD, 'flash'],
      [WILDCARD, WILDCARD],
    ])('reaches a subscription to (%s, %s)', (channel, event) => {
      const node = aNode();
      const listener = node.connect();
      subscribe(node, listener, channel, event);

      node.delivery.deliver(anEvent());

      expect(listener.received()).toHaveLength(1);
    });

    it('brings one copy to a session that several of its subscriptions match', () => {
      const { node, listener } = aNodeWithListener();
      for (const channel of ['news', WILDCARD])
        for (const event of ['flash', WILDCARD]) subscribe(node, listener, channel, event);

      node.delivery.deliver(anEvent());
      node.delivery.deliver(anEvent());

      expect(listener.received()).toHaveLength(2);
    });

    it('keeps the order of the source', () => {
      const { node, listener } = aNodeWithListener();
      subscribe(node, listener, 'sport', WILDCARD);

      for (let i = 0; i < 100; i++)
        node.delivery.deliver(anEvent({ channel: i % 3 ? 'news' : 'sport', payload: `${i}` }));

      expect(listener.received().map((line) => Number(line.split(' ')[1]))).toEqual([...Array(100).keys()]);
    });

    it('speaks to each session in its own dialect and encodes once for each', () => {
      const node = aNode();
      let encoded = 0;
      const loudEncoder = {
        encode: (event: Parameters<typeof lineEncoder.encode>[0]) => {
          encoded++;
          return Buffer.from(lineEncoder.encode(event).toString().toUpperCase());
        },
      };
      const listeners = [node.connect(), node.connect(loudEncoder), node.connect(), node.connect(loudEncoder)];
      for (const listener of listeners) subscribe(node, listener);

      node.delivery.deliver(anEvent());

      expect(listeners.flatMap((listener) => listener.received())).toEqual([
        'news/flash 1',
        'NEWS/FLASH 1',
        'news/flash 1',
        'NEWS/FLASH 1',
      ]);
      expect(encoded).toBe(1);
    });

    it('stops for nobody: a session that may not see the event does not keep it from those behind', () => {
      const node = aNode();
      const [muting, anonymous, clerk, admin] = [
        node.connectAs('mia', 'admin'),
        node.connect(),
        node.connectAs('bob', 'clerk'),
        node.connectAs('ada', 'admin'),
      ];
      for (const listener of [muting, anonymous, clerk, admin]) subscribe(node, listener);
      node.delivery.mute(muting.subscriber, 'flash');

      node.delivery.deliver(anEvent({ audience: toEverybody('admin') }));

      expect([muting, anonymous, clerk, admin].map((listener) => listener.received().length)).toEqual([0, 0, 0, 1]);
    });

    it('goes on behind a slow reader that it gives up', () => {
      const node = aNode({ outbox: { bytes: 100, overflow: 'close' } });
      const [slow, quick] = [node.connect(), node.connect()];
      for (const listener of [slow, quick]) subscribe(node, listener);
      slow.connection.stall();

      const lines: string[] = [];
      for (let i = 0; i < 5; i++) {
        node.delivery.deliver(anEvent({ payload: JSON.stringify('x'.repeat(60)) }));
        lines.push(...quick.received());
      }

      expect([slow.givenUp, quick.givenUp, lines.length]).toEqual([true, false, 5]);
      expect(node.delivery.pressure.bytes).toBe(0);
    });
  });

  describe('of direct events', () => {
    it('reaches all sessions of the user that subscribed, and nobody else', () => {
      const node = aNode();
      const [phone, laptop, bob, anonymous] = [
        node.connectAs('ada'),
        node.connectAs('ada'),
        node.connectAs('bob'),
        node.connect(),
      ];
      for (const listener of [phone, laptop, bob, anonymous]) subscribe(node, listener);

      node.delivery.deliver(anEvent({ audience: toUser('ada') }));

      expect([phone, laptop, bob, anonymous].map((listener) => listener.received().length)).toEqual([1, 1, 0, 0]);
    });

    it('does not reach a session of the user that did not subscribe', () => {
      const node = aNode();
      const [subscribed, other] = [node.connectAs('ada'), node.connectAs('ada')];
      subscribe(node, subscribed);
      subscribe(node, other, 'news', 'weather');

      node.delivery.deliver(anEvent({ audience: toUser('ada') }));

      expect([subscribed.received().length, other.received().length]).toEqual([1, 0]);
    });

    it('brings one copy to a session that several of its subscriptions match', () => {
      const node = aNode();
      const ada = node.connectAs('ada');
      for (const event of ['flash', WILDCARD]) subscribe(node, ada, 'news', event);

      node.delivery.deliver(anEvent({ audience: toUser('ada') }));

      expect(ada.received()).toHaveLength(1);
    });

    it('narrowed by role skips the sessions of the user in another role', () => {
      const node = aNode();
      const [clerk, none, admin] = [
        node.connectAs('ada', 'clerk'),
        node.connectAs('ada'),
        node.connectAs('ada', 'admin'),
      ];
      for (const listener of [clerk, none, admin]) subscribe(node, listener);

      node.delivery.deliver(anEvent({ audience: toUser('ada', 'admin') }));

      expect([clerk, none, admin].map((listener) => listener.received().length)).toEqual([0, 0, 1]);
    });

    it('follows the identity of a session', () => {
      const node = aNode();
      const session = node.connectAs('ada');
      subscribe(node, session);

      node.delivery.identify(session.subscriber, { userId: 'bob', role: undefined });
      node.delivery.deliver(anEvent({ audience: toUser('ada'), payload: '"for ada"' }));
      node.delivery.deliver(anEvent({ audience: toUser('bob'), payload: '"for bob"' }));
      node.delivery.identify(session.subscriber, undefined);
      node.delivery.deliver(anEvent({ audience: toUser('bob'), payload: '"late"' }));

      expect(session.received()).toEqual(['news/flash "for bob"']);
    });
  });

  it('shows an internal event to nobody', () => {
    const { node, listener } = aNodeWithListener();

    node.delivery.deliver(aKeptEvent({ audience: toNobody }));
    node.delivery.replay(listener.subscriber);

    expect(listener.received()).toEqual([]);
    expect(node.delivery.stats.unheard).toBe(1);
  });

  describe('muting', () => {
    it('silences an event name on every channel, and no other name', () => {
      const node = aNode();
      const listener = node.connect();
      subscribe(node, listener, WILDCARD, WILDCARD);
      node.delivery.mute(listener.subscriber, 'flash');

      for (const channel of ['news', 'sport']) {
        for (const name of ['flash', 'score']) node.delivery.deliver(anEvent({ channel, name }));
      }

      expect(listener.received()).toEqual(['news/score 1', 'sport/score 1']);
    });

    it('silences direct events and replays, too', () => {
      const node = aNode();
      const ada = node.connectAs('ada');
      subscribe(node, ada);
      node.delivery.mute(ada.subscriber, 'flash');

      node.delivery.deliver(aKeptEvent({ audience: toUser('ada') }));
      node.delivery.replay(ada.subscriber);

      expect(ada.received()).toEqual([]);
    });

    it('ends when the name is subscribed to again, on every channel', () => {
      const node = aNode();
      const listener = node.connect();
      subscribe(node, listener, WILDCARD, WILDCARD);
      node.delivery.mute(listener.subscriber, 'flash');

      subscribe(node, listener, 'news', 'flash');
      node.delivery.deliver(anEvent({ channel: 'sport' }));

      expect(listener.received()).toEqual(['sport/flash 1']);
    });

    it('does not end when the whole channel is subscribed to again', () => {
      const { node, listener } = aNodeWithListener();
      node.delivery.mute(listener.subscriber, 'flash');

      subscribe(node, listener, 'news', WILDCARD);
      node.delivery.deliver(anEvent());

      expect(listener.received()).toEqual([]);
    });

    it('brings what was kept meanwhile when it ends, from every channel', () => {
      const node = aNode();
      const listener = node.connect();
      for (const channel of ['news', 'sport']) subscribe(node, listener, channel);
      node.delivery.mute(listener.subscriber, 'flash');
      for (const channel of ['news', 'sport']) node.delivery.deliver(aKeptEvent({ channel }));

      subscribe(node, listener, 'news', 'flash');

      expect(listener.received()).toEqual(['news/flash 1', 'sport/flash 1']);
    });

    it('brings nothing twice that came before it', () => {
      const { node, listener } = aNodeWithListener();
      node.delivery.deliver(aKeptEvent({ payload: '"before"' }));
      node.delivery.mute(listener.subscriber, 'flash');
      node.delivery.deliver(aKeptEvent({ payload: '"meanwhile"' }));
      subscribe(node, listener);

      expect(listener.received()).toEqual(['news/flash "before"', 'news/flash "meanwhile"']);
    });
  });

  describe('of retained events on subscribe', () => {
    it('brings what fell under the subscription before it was made, in order', () => {
      const node = aNode();
      for (const payload of ['1', '2', '3'])
        node.delivery.deliver(aKeptEvent({ payload, channel: `channel ${payload}` }));
      node.delivery.deliver(aKeptEvent({ name: 'weather' }));
      const late = node.connect();

      subscribe(node, late, WILDCARD, 'flash');

      expect(late.received()).toEqual(['channel 1/flash 1', 'channel 2/flash 2', 'channel 3/flash 3']);
    });

    it('brings only what is newly matched', () => {
      const { node, listener } = aNodeWithListener();
      node.delivery.deliver(aKeptEvent({ payload: '"live"' }));
      node.delivery.deliver(aKeptEvent({ name: 'weather' }));
      listener.received();

      subscribe(node, listener, 'news', WILDCARD);

      expect(listener.received()).toEqual(['news/weather 1']);
    });

    it('brings nothing twice after unsubscribe and subscribe, and what came meanwhile once', () => {
      const { node, listener } = aNodeWithListener();
      node.delivery.deliver(aKeptEvent({ payload: '"live"' }));
      unsubscribe(node, listener);
      node.delivery.deliver(aKeptEvent({ payload: '"meanwhile"' }));
      subscribe(node, listener);
      unsubscribe(node, listener, 'news', WILDCARD);
      subscribe(node, listener, WILDCARD, WILDCARD);

      expect(listener.received()).toEqual(['news/flash "live"', 'news/flash "meanwhile"']);
    });

    it('brings an event that replaced one already seen', () => {
      const { node, listener } = aNodeWithListener();
      node.delivery.deliver(aKeptEvent({ cacheKey: 'k', payload: '"old"' }));
      unsubscribe(node, listener);
      node.delivery.deliver(aKeptEvent({ cacheKey: 'k', payload: '"new"' }));
      subscribe(node, listener);

      expect(listener.received()).toEqual(['news/flash "old"', 'news/flash "new"']);
    });

    it('keeps to the audience with which the event was kept', () => {
      const node = aNode();
      node.delivery.deliver(aKeptEvent({ audience: toUser('ada'), payload: '"ada"' }));
      node.delivery.deliver(aKeptEvent({ audience: toEverybody('admin'), payload: '"admins"' }));
      node.delivery.deliver(aKeptEvent({ payload: '"all"' }));
      const listeners = [node.connect(), node.connectAs('ada'), node.connectAs('bob', 'admin')];
      for (const listener of listeners) subscribe(node, listener);

      expect(listeners.map((listener) => listener.received())).toEqual([
        ['news/flash "all"'],
        ['news/flash "ada"', 'news/flash "all"'],
        ['news/flash "admins"', 'news/flash "all"'],
      ]);
    });

    it('brings nothing that has expired', () => {
      const node = aNode();
      node.delivery.deliver(anEvent({ retention: 1 }));
      node.clock.advance(1_000);
      const late = node.connect();

      subscribe(node, late);

      expect(late.received()).toEqual([]);
    });

    it('forgets what a session has seen once the node has forgotten it', () => {
      const node = aNode({ retained: { perTopic: 10, bytes: 1_000_000 } });
      const listener = node.connect();
      for (let i = 0; i < 1_000; i++) {
        node.delivery.deliver(aKeptEvent());
        subscribe(node, listener);
        unsubscribe(node, listener);
      }

      expect(listener.received()).toHaveLength(1_000);
      expect(listener.subscriber.seen?.size).toBeLessThanOrEqual(20);
    });
  });

  describe('of retained events on authorize', () => {
    it('brings the user’s direct events that the session subscribed to', () => {
      const { node, listener } = aNodeWithListener();
      node.delivery.deliver(aKeptEvent({ audience: toUser('ada') }));
      node.delivery.deliver(aKeptEvent({ audience: toUser('ada'), name: 'weather' }));
      node.delivery.deliver(aKeptEvent({ audience: toUser('bob') }));

      node.delivery.identify(listener.subscriber, { userId: 'ada', role: undefined });

      expect(listener.received()).toEqual(['news/flash 1']);
    });

    it('brings no direct event of another role', () => {
      const { node, listener } = aNodeWithListener();
      node.delivery.deliver(aKeptEvent({ audience: toUser('ada', 'admin') }));

      node.delivery.identify(listener.subscriber, { userId: 'ada', role: 'clerk' });
      expect(listener.received()).toEqual([]);
      node.delivery.identify(listener.subscriber, { userId: 'ada', role: 'admin' });
      expect(listener.received()).toEqual(['news/flash 1']);
    });

    it('brings the broadcasts for a role that the session has only now, and no others', () => {
      const { node, listener } = aNodeWithListener();
      node.delivery.deliver(aKeptEvent({ audience: toEverybody('admin'), payload: '"admins"' }));
      node.delivery.deliver(aKeptEvent({ audience: toEverybody('clerk'), payload: '"clerks"' }));
      node.delivery.deliver(aKeptEvent({ payload: '"all"' }));
      expect(listener.received()).toEqual(['news/flash "all"']);

      node.delivery.identify(listener.subscriber, { userId: 'ada', role: 'admin' });

      expect(listener.received()).toEqual(['news/flash "admins"']);
    });

    it('brings a broadcast for a role once, whatever was unsubscribed while the role was lost', () => {
      const { node, listener } = aNodeWithListener();
      const ada = { userId: 'ada', role: 'admin' };
      node.delivery.identify(listener.subscriber, ada);
      node.delivery.deliver(aKeptEvent({ audience: toEverybody('admin') }));
      node.delivery.identify(listener.subscriber, undefined);
      unsubscribe(node, listener);
      node.delivery.identify(listener.subscriber, ada);
      subscribe(node, listener);

      expect(listener.received()).toEqual(['news/flash 1']);
    });

    it('brings nothing twice after the identity was lost and regained, and what came meanwhile once', () => {
      const { node, listener } = aNodeWithListener();
      const ada = { userId: 'ada', role: undefined };
      node.delivery.deliver(aKeptEvent({ audience: toUser('ada'), payload: '"before"' }));
      node.delivery.identify(listener.subscriber, ada);
      node.delivery.deliver(aKeptEvent({ audience: toUser('ada'), payload: '"live"' }));
      node.delivery.identify(listener.subscriber, undefined);
      node.delivery.deliver(aKeptEvent({ audience: toUser('ada'), payload: '"meanwhile"' }));
      node.delivery.identify(listener.subscriber, ada);
      node.delivery.identify(listener.subscriber, ada);

      expect(listener.received()).toEqual(['news/flash "before"', 'news/flash "live"', 'news/flash "meanwhile"']);
    });
  });

  describe('of retained events on the cache command', () => {
    it('brings all that match now, in order, seen or not, as often as it is asked', () => {
      const { node, listener } = aNodeWithListener();
      node.delivery.identify(listener.subscriber, { userId: 'ada', role: undefined });
      node.delivery.deliver(aKeptEvent({ payload: '1' }));
      node.delivery.deliver(aKeptEvent({ payload: '2', audience: toUser('ada') }));
      node.delivery.deliver(aKeptEvent({ payload: '3' }));
      node.delivery.deliver(aKeptEvent({ payload: '4', name: 'weather' }));
      node.delivery.deliver(aKeptEvent({ payload: '5', audience: toUser('bob') }));
      listener.received();

      for (let round = 0; round < 2; round++) {
        node.delivery.replay(listener.subscriber);
        expect(listener.received()).toEqual(['news/flash 1', 'news/flash 2', 'news/flash 3']);
      }
    });

    it('brings nothing to a session without subscriptions', () => {
      const node = aNode();
      node.delivery.deliver(aKeptEvent());
      const listener = node.connect();

      node.delivery.replay(listener.subscriber);

      expect(listener.received()).toEqual([]);
    });
  });

  describe('a replay', () => {
    it('fills half an outbox at most: the newest are kept, in order, and the others counted', () => {
      const node = aNode({ outbox: { bytes: 6 * 'news/flash 1\n'.length, overflow: 'close' } });
      for (let i = 1; i <= 9; i++) node.delivery.deliver(aKeptEvent({ payload: `${i}` }));
      const late = node.connect();

      subscribe(node, late);

      expect(late.received()).toEqual(['news/flash 7', 'news/flash 8', 'news/flash 9']);
      expect(node.delivery.stats).toMatchObject({ replayed: 3, replayTruncated: 6 });
      expect(late.givenUp).toBe(false);
    });

    it('brings the newest however large it is, as it would have gone live', () => {
      const node = aNode({ outbox: { bytes: 100, overflow: 'close' } });
      const large = JSON.stringify('x'.repeat(500));
      node.delivery.deliver(aKeptEvent({ payload: '1' }));
      node.delivery.deliver(aKeptEvent({ payload: large }));
      const late = node.connect();

      subscribe(node, late);

      expect(late.received()).toEqual([`news/flash ${large}`]);
      expect(late.givenUp).toBe(false);
    });
  });

  describe('limits', () => {
    const limits = { subscriptionsPerSession: 2 };

    it('refuses a subscription past the limit and makes room when one goes', () => {
      const node = aNode(limits);
      const listener = node.connect();
      expect([1, 2, 3].map((number) => subscribe(node, listener, `channel ${number}`))).toEqual([true, true, false]);

      unsubscribe(node, listener, 'channel 1');

      expect(subscribe(node, listener, 'channel 3')).toBe(true);
    });

    it('counts mutes as well', () => {
      const node = aNode(limits);
      const { subscriber } = node.connect();

      expect(['a', 'b', 'c'].map((event) => node.delivery.mute(subscriber, event))).toEqual([true, true, false]);
      expect(node.delivery.subscribe(subscriber, 'news', 'flash')).toBe(false);
    });

    it('refuses nothing that is there already', () => {
      const node = aNode(limits);
      const listener = node.connect();
      subscribe(node, listener);
      node.delivery.mute(listener.subscriber, 'weather');

      expect(subscribe(node, listener)).toBe(true);
      expect(node.delivery.mute(listener.subscriber, 'weather')).toBe(true);
    });

    it('leaves a session that was refused as it was', () => {
      const node = aNode({ ...limits, subscriptionsPerSession: 1 });
      const listener = node.connect();
      subscribe(node, listener);
      subscribe(node, listener, 'sport');

      node.delivery.deliver(anEvent({ channel: 'sport' }));
      node.delivery.deliver(anEvent());

      expect(listener.received()).toEqual(['news/flash 1']);
    });
  });

  describe('disconnecting', () => {
    it('ends all delivery to a session', () => {
      const { node, listener } = aNodeWithListener();

      node.delivery.disconnect(listener.subscriber);
      node.delivery.deliver(anEvent());

      expect(listener.received()).toEqual([]);
    });

    it('leaves nothing behind', () => {
      const node = aNode();
      const listeners = Array.from({ length: 20 }, (_, number) => node.connectAs(`user ${number % 7}`, 'clerk'));
      for (const listener of listeners) {
        listener.connection.stall();
        subscribe(node, listener);
        subscribe(node, listener, WILDCARD, WILDCARD);
      }
      for (let i = 0; i < 3; i++) {
        node.delivery.deliver(anEvent());
        node.loop.settle();
      }

      for (const { subscriber } of listeners) node.delivery.disconnect(subscriber);

      const { index, users, pressure, queue } = node.delivery;
      expect([index.size, index.topics, users.size, pressure.bytes, queue.blocked]).toEqual([0, 0, 0, 0, 0]);
    });
  });

  describe('counts', () => {
    it('an event that nobody on the node heard', () => {
      const { node } = aNodeWithListener();

      node.delivery.deliver(anEvent({ channel: 'sport' }));
      node.delivery.deliver(anEvent({ audience: toEverybody('admin') }));
      node.delivery.deliver(anEvent({ audience: toUser('ada') }));

      expect(node.delivery.stats).toMatchObject({ delivered: 0, unheard: 3 });
    });

    it('each copy that goes into an outbox, and replays beside', () => {
      const { node, listener } = aNodeWithListener();
      subscribe(node, node.connect());
      node.delivery.deliver(aKeptEvent());
      node.delivery.replay(listener.subscriber);

      expect(node.delivery.stats).toEqual({ delivered: 3, unheard: 0, replayed: 1, replayTruncated: 0 });
    });

    it('the time from the source to the last socket', () => {
      const { node } = aNodeWithListener();
      const settled: number[] = [];
      node.delivery.queue.onSettled((milliseconds) => settled.push(milliseconds));
      node.clock.advance(10);

      node.delivery.deliver(anEvent({ receivedAt: 7 }));
      node.delivery.deliver(anEvent({ channel: 'unheard', receivedAt: 1 }));
      node.loop.settle();

      expect(settled).toEqual([3]);
    });
  });

  it('tells the sources when too much waits on the whole node, and when that is over', () => {
    const node = aNode({ ...generousLimits, pendingBytes: 1_000 });
    const heard: string[] = [];
    node.delivery.pressure.listen({ pressureRose: () => heard.push('rose'), pressureFell: () => heard.push('fell') });
    const listeners = Array.from({ length: 100 }, () => node.connect());
    for (const listener of listeners) {
      listener.connection.stall();
      subscribe(node, listener);
    }

    node.delivery.deliver(anEvent());
    node.loop.settle();
    expect(heard).toEqual(['rose']);
    for (const { connection } of listeners) connection.read();
    node.loop.settle();
    expect(heard).toEqual(['rose', 'fell']);
  });

  it('keeps the order and brings one copy when giving up a reader sets a source going again', () => {
    const node = aNode({ outbox: { bytes: 100, overflow: 'close' }, pendingBytes: 20 });
    const held = [anEvent({ payload: '"held"' })];
    const resume = () => held.splice(0).forEach((event) => node.delivery.deliver(event));
    node.delivery.pressure.listen({ pressureRose: () => undefined, pressureFell: resume });
    const [before, slow, behind] = [node.connect(), node.connect(), node.connect()];
    for (const listener of [before, slow, behind])
      for (const event of ['flash', WILDCARD]) subscribe(node, listener, 'news', event);
    slow.connection.stall();
    const large = JSON.stringify('x'.repeat(60));

    for (let i = 0; i < 2; i++) {
      node.delivery.deliver(anEvent({ payload: large }));
      node.loop.turn();
    }

    const expected = [large, large, '"held"'].map((payload) => `news/flash ${payload}`);
    expect([before.received(), behind.received(), slow.givenUp]).toEqual([expected, expected, true]);
  });
});
