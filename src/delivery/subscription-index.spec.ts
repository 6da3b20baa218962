import * as fc from 'fast-check';
import { aNode } from '../../test/support/builders/index.js';
import type { Subscriber } from './subscriber.js';
import { SubscriptionIndex, WILDCARD } from './subscription-index.js';

function aSession(): Subscriber {
  return aNode().connect().subscriber;
}

/** The topics an event falls under, as `channel/event`. */
function found(index: SubscriptionIndex, channel: string, event: string): string[] {
  return index.matching(channel, event).map((topic) => `${topic.channel}/${topic.event}`);
}

describe('SubscriptionIndex', () => {
  it('finds the four topics an event can fall under, and no other', () => {
    const index = new SubscriptionIndex();
    const session = aSession();
    for (const channel of ['news', 'sport', WILDCARD]) {
      for (const event of ['flash', 'score', WILDCARD]) index.add(session, channel, event);
    }

    expect(found(index, 'news', 'flash').sort()).toEqual(['***/***', '***/flash', 'news/***', 'news/flash']);
  });

  it.each([
    ['news', 'flash'],
    ['news', WILDCARD],
    [WILDCARD, 'flash'],
    [WILDCARD, WILDCARD],
  ])('finds the subscription (%s, %s) for the event flash on the channel news', (channel, event) => {
    const index = new SubscriptionIndex();
    index.add(aSession(), channel, event);

    expect(found(index, 'news', 'flash')).toEqual([`${channel}/${event}`]);
  });

  it.each([
    ['news', 'score'],
    ['sport', 'flash'],
    ['sport', WILDCARD],
    [WILDCARD, 'score'],
    ['new', 'flash'],
    ['news*', WILDCARD],
  ])('does not find the subscription (%s, %s) for it', (channel, event) => {
    const index = new SubscriptionIndex();
    index.add(aSession(), channel, event);

    expect(found(index, 'news', 'flash')).toEqual([]);
  });

  it('finds a topic once when the event itself is called like the wildcard', () => {
    const index = new SubscriptionIndex();
    index.add(aSession(), WILDCARD, WILDCARD);

    expect(found(index, WILDCARD, WILDCARD)).toEqual(['***/***']);
  });

  it('is not confused by names that are properties of every object', () => {
    const index = new SubscriptionIndex();

    expect(found(index, '__proto__', 'constructor')).toEqual([]);
    index.add(aSession(), '__proto__', 'constructor');
    expect(found(index, '__proto__', 'constructor')).toEqual(['__proto__/constructor']);
  });

  it('counts a subscription that is made twice once', () => {
    const index = new SubscriptionIndex();
    const session = aSession();
    index.add(session, 'news', 'flash');
    index.add(session, 'news', 'flash');

    expect([index.size, index.topics, session.topics.size]).toEqual([1, 1, 1]);
  });

  it('shares one topic among all who subscribed to it', () => {
    const index = new SubscriptionIndex();
    const [ada, bob] = [aSession(), aSession()];
    index.add(ada, 'news', 'flash');
    index.add(bob, 'news', 'flash');

    expect([index.size, index.topics]).toEqual([2, 1]);
    expect([...(index.matching('news', 'flash')[0]?.subscribers ?? [])]).toEqual([ada, bob]);
  });

  it('knows who subscribed to what', () => {
    const index = new SubscriptionIndex();
    const [ada, bob] = [aSession(), aSession()];
    index.add(ada, 'news', 'flash');

    expect(index.has(ada, 'news', 'flash')).toBe(true);
    expect(index.has(bob, 'news', 'flash')).toBe(false);
    expect(index.has(ada, 'news', 'score')).toBe(false);
  });

  describe('removing', () => {
    it('one topic leaves the others', () => {
      const index = new SubscriptionIndex();
      const session = aSession();
      for (const event of ['flash', 'score', WILDCARD]) index.add(session, 'news', event);

      index.remove(session, 'news', 'flash');

      expect(found(index, 'news', 'flash')).toEqual(['news/***']);
      expect(found(index, 'news', 'score')).toEqual(['news/score', 'news/***']);
    });

    it('the wildcard event removes the whole channel and nothing of another', () => {
      const index = new SubscriptionIndex();
      const session = aSession();
      for (const event of ['flash', 'score', WILDCARD]) index.add(session, 'news', event);
      index.add(session, 'sport', 'score');
      index.add(session, WILDCARD, 'flash');

      index.remove(session, 'news', WILDCARD);

      expect(found(index, 'news', 'flash')).toEqual(['***/flash']);
      expect(found(index, 'sport', 'score')).toEqual(['sport/score']);
    });

    it('the wildcard channel removes what was subscribed to on every channel, not what was on each', () => {
      const index = new SubscriptionIndex();
      const session = aSession();
      index.add(session, 'news', 'flash');
      index.add(session, WILDCARD, 'flash');

      index.remove(session, WILDCARD, 'flash');

      expect(found(index, 'news', 'flash')).toEqual(['news/flash']);
    });

    it('what was never subscribed to changes nothing', () => {
      const index = new SubscriptionIndex();
      const [ada, bob] = [aSession(), aSession()];
      index.add(ada, 'news', 'flash');

      index.remove(bob, 'news', 'flash');
      index.removeAll(bob);

      expect(index.size).toBe(1);
    });

    it('everything of every session returns all counts to zero', () => {
      const index = new SubscriptionIndex();
      const sessions = Array.from({ length: 50 }, aSession);
      for (const [number, session] of sessions.entries()) {
        for (const event of ['flash', `event ${number}`, WILDCARD]) {
          index.add(session, `channel ${number % 7}`, event);
          index.add(session, WILDCARD, event);
        }
      }

      for (const session of sessions) index.removeAll(session);

      expect([index.size, index.topics]).toEqual([0, 0]);
      expect(sessions.every(({ topics }) => topics.size === 0)).toBe(true);
    });
  });

  it('behaves as a plain list of (session, channel, event) does, whatever is done to it', () => {
    const names = fc.constantFrom('a', 'b', WILDCARD);
    const step = fc.record({
      action: fc.constantFrom('add', 'add', 'add', 'remove', 'removeAll' as const),
      session: fc.nat({ max: 2 }),
      channel: names,
      event: names,
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const index = new SubscriptionIndex();
        const sessions = Array.from({ length: 3 }, aSession);
        let list: { session: number; channel: string; event: string }[] = [];
        for (const { action, session: number, channel, event } of steps) {
          const session = sessions[number];
          if (session === undefined) continue;
          const same = (entry: (typeof list)[number]): boolean =>
            entry.session === number && entry.channel === channel && (event === WILDCARD || entry.event === event);
          if (action === 'add') {
            index.add(session, channel, event);
            if (!list.some((entry) => same(entry) && entry.event === event)) {
              list.push({ session: number, channel, event });
            }
          } else if (action === 'remove') {
            index.remove(session, channel, event);
            list = list.filter((entry) => !same(entry));
          } else {
            index.removeAll(session);
            list = list.filter((entry) => entry.session !== number);
          }

          expect(index.size).toBe(list.length);
          expect(index.topics).toBe(new Set(list.map((entry) => `${entry.channel}/${entry.event}`)).size);
          for (const [c, e] of [
            ['a', 'a'],
            ['a', 'b'],
            ['b', 'a'],
            ['c', 'a'],
            ['c', 'c'],
          ] as const) {
            const hit = list.filter(
              (entry) =>
                (entry.channel === c || entry.channel === WILDCARD) && (entry.event === e || entry.event === WILDCARD),
            );
            const topics = index.matching(c, e);
            expect(topics.length).toBeLessThanOrEqual(4);
            expect(new Set(topics.flatMap((topic) => [...topic.subscribers]))).toEqual(
              new Set(hit.map((entry) => sessions[entry.session])),
            );
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
