import * as fc from 'fast-check';
import {
  anEvent,
  FakeClock,
  toEverybody,
  toNobody,
  toUser,
  type EventDetails,
} from '../../test/support/builders/index.js';
import type { Audience } from './audience.js';
import { RetainedEvents, type RetainedEvent } from './retained-events.js';
import { WILDCARD } from './subscription-index.js';

function aStore(limits: Partial<{ perTopic: number; bytes: number }> = {}) {
  const clock = new FakeClock(5_000);
  return { clock, store: new RetainedEvents(clock, { perTopic: 1_000, bytes: 1_000_000, ...limits }) };
}

function aKeptEvent(details: EventDetails = {}) {
  return anEvent({ retention: 'forever', ...details });
}

function payloads(entries: Iterable<RetainedEvent>): string[] {
  return [...entries].toSorted((a, b) => a.sequence - b.sequence).map(({ event }) => event.payload.toString());
}

/** Everything broadcast that is alive. */
function broadcasts(store: RetainedEvents): string[] {
  return payloads(store.under(WILDCARD, WILDCARD, undefined));
}

/** Broadcasts and events for Ada, two channels with two names each. */
function stored(): RetainedEvents {
  const { store } = aStore();
  for (const channel of ['news', 'sport']) {
    for (const name of ['flash', 'score']) {
      store.keep(aKeptEvent({ channel, name, payload: `"${channel} ${name}"` }));
      store.keep(aKeptEvent({ channel, name, payload: `"${channel} ${name} for ada"`, audience: toUser('ada') }));
    }
  }
  return store;
}

describe('RetainedEvents', () => {
  describe('retention', () => {
    it('keeps nothing that does not ask for it', () => {
      const { store } = aStore();

      store.keep(anEvent({ retention: undefined }));

      expect([store.size, store.bytes]).toEqual([0, 0]);
    });

    it('keeps an event for its seconds and not a moment longer', () => {
      const { store, clock } = aStore();
      store.keep(anEvent({ retention: 2, payload: '"kept"' }));

      clock.advance(1_999);
      expect(broadcasts(store)).toEqual(['"kept"']);
      clock.advance(1);
      expect(broadcasts(store)).toEqual([]);
    });

    it('keeps an event without expiry for ever', () => {
      const { store, clock } = aStore();
      store.keep(anEvent({ retention: 'forever', payload: '"kept"' }));

      clock.advance(1_000 * 365 * 24 * 3_600_000);
      store.sweep();

      expect(broadcasts(store)).toEqual(['"kept"']);
    });

    it('keeps no event that is for nobody', () => {
      const { store } = aStore();

      store.keep(aKeptEvent({ audience: toNobody, cacheKey: 'k' }));

      expect(store.size).toBe(0);
    });

    it('sweeps out what has expired, in whatever order it came, and counts it', () => {
      const { store, clock } = aStore();
      store.keep(anEvent({ retention: 10, payload: '"long"' }));
      store.keep(anEvent({ retention: 1, payload: '"short"' }));
      store.keep(anEvent({ retention: 1, payload: '"short, too"', audience: toUser('ada'), cacheKey: 'k' }));

      clock.advance(1_000);
      store.sweep();

      expect(store.size).toBe(1);
      expect(broadcasts(store)).toEqual(['"long"']);
      expect(store.stats).toEqual({ expired: 2, evicted: 0 });
    });

    it('returns to zero bytes when everything has expired', () => {
      const { store, clock } = aStore();
      for (let i = 0; i < 20; i++) store.keep(anEvent({ retention: 1, payload: `${i}`, cacheKey: `${i % 3}` }));

      clock.advance(1_000);
      store.sweep();

      expect([store.size, store.bytes]).toEqual([0, 0]);
    });
  });

  it('keeps a copy of the payload, for the original is a window on a buffer that is used again', () => {
    const { store } = aStore();
    const readBuffer = Buffer.from('"before"');
    store.keep({ ...aKeptEvent(), payload: readBuffer.subarray(0) });

    readBuffer.fill('x');

    expect(broadcasts(store)).toEqual(['"before"']);
  });

  describe('looking up', () => {
    it.each([
      ['news', 'flash', ['"news flash"']],
      ['news', WILDCARD, ['"news flash"', '"news score"']],
      [WILDCARD, 'flash', ['"news flash"', '"sport flash"']],
      [WILDCARD, WILDCARD, ['"news flash"', '"news score"', '"sport flash"', '"sport score"']],
      ['weather', WILDCARD, []],
      ['news', 'rain', []],
      [WILDCARD, 'rain', []],
    ])('(%s, %s) finds the broadcasts that fall under it', (channel, event, expected) => {
      expect(payloads(stored().under(channel, event, undefined))).toEqual(expected);
    });

    it('finds a user’s events for that user alone', () => {
      expect(payloads(stored().under('news', WILDCARD, 'ada'))).toEqual([
        '"news flash for ada"',
        '"news score for ada"',
      ]);
      expect(payloads(stored().under('news', WILDCARD, 'bob'))).toEqual([]);
      expect(payloads(stored().under('news', WILDCARD, 'undefined'))).toEqual([]);
    });

    it('finds what an identity opens: a user’s direct events', () => {
      expect(payloads(stored().narrowed('ada'))).toHaveLength(4);
      expect(payloads(stored().narrowed('bob'))).toEqual([]);
    });

    it('finds what an identity opens: broadcasts for a role', () => {
      const { store } = aStore();
      store.keep(aKeptEvent({ payload: '"for all"' }));
      store.keep(aKeptEvent({ payload: '"for admins"', audience: toEverybody('admin') }));

      expect(payloads(store.narrowed(undefined))).toEqual(['"for admins"']);
    });

    it('does not find a user’s event that has expired', () => {
      const { store, clock } = aStore();
      store.keep(anEvent({ retention: 1, audience: toUser('ada') }));

      clock.advance(1_000);

      expect(payloads(store.narrowed('ada'))).toEqual([]);
    });
  });

  describe('a cache key', () => {
    it('replaces the earlier event of the same key, which moves to the end of the order', () => {
      const { store } = aStore();
      store.keep(aKeptEvent({ cacheKey: 'BTC', payload: '"BTC 1"' }));
      store.keep(aKeptEvent({ cacheKey: 'ETH', payload: '"ETH 1"' }));
      store.keep(aKeptEvent({ cacheKey: 'BTC', payload: '"BTC 2"' }));

      expect(broadcasts(store)).toEqual(['"ETH 1"', '"BTC 2"']);
      expect(store.stats).toEqual({ expired: 0, evicted: 0 });
    });

    const differing: [string, EventDetails][] = [
      ['another channel', { channel: 'sport' }],
      ['another event', { name: 'score' }],
      ['another key', { cacheKey: 'l' }],
      ['no key', { cacheKey: undefined }],
      ['one role', { audience: toEverybody('admin') }],
      ['one user', { audience: toUser('ada') }],
      ['one user in one role', { audience: toUser('ada', 'admin') }],
    ];
    it.each(differing)('does not replace an event with %s', (_, details) => {
      const { store } = aStore();
      store.keep(aKeptEvent({ cacheKey: 'k' }));
      store.keep(aKeptEvent({ cacheKey: 'k', ...details }));

      expect(store.size).toBe(2);
    });

    it('replaces for each user of its own', () => {
      const { store } = aStore();
      store.keep(aKeptEvent({ cacheKey: 'k', audience: toUser('ada'), payload: '"ada 1"' }));
      store.keep(aKeptEvent({ cacheKey: 'k', audience: toUser('bob'), payload: '"bob 1"' }));
      store.keep(aKeptEvent({ cacheKey: 'k', audience: toUser('ada'), payload: '"ada 2"' }));

      expect(payloads(store.narrowed('ada'))).toEqual(['"ada 2"']);
      expect(payloads(store.narrowed('bob'))).toEqual(['"bob 1"']);
    });

    it('is the same for an audience that two sources have put together in different orders', () => {
      const { store } = aStore();
      const one: Audience = { kind: 'direct', userId: 'ada', role: 'admin' };
      const other: Audience = { role: 'admin', userId: 'ada', kind: 'direct' };
      store.keep(aKeptEvent({ cacheKey: 'k', audience: one }));
      store.keep(aKeptEvent({ cacheKey: 'k', audience: other }));

      expect(store.size).toBe(1);
    });

    it('cannot be made to collide by names that hold separators or look like each other', () => {
      const part = fc.constantFrom('', ',', '"', '","', 'null', '[', '\\');
      const parts = fc.tuple(part, part, part, part);
      fc.assert(
        fc.property(parts, parts, (a, b) => {
          const { store } = aStore();
          for (const [channel, name, role, cacheKey] of [a, b]) {
            store.keep(aKeptEvent({ channel, name, audience: toEverybody(role), cacheKey }));
          }
          expect(store.size).toBe(a.every((text, index) => text === b[index]) ? 1 : 2);
        }),
      );
    });

    it('is free again when its event has been evicted or has expired', () => {
      const { store, clock } = aStore({ perTopic: 1 });
      store.keep(aKeptEvent({ cacheKey: 'k', payload: '1' }));
      store.keep(aKeptEvent({ payload: '2' }));
      store.keep(anEvent({ retention: 1, cacheKey: 'k', payload: '3' }));
      expect(broadcasts(store)).toEqual(['3']);

      clock.advance(1_000);
      store.sweep();
      store.keep(aKeptEvent({ cacheKey: 'k', payload: '4' }));

      expect(broadcasts(store)).toEqual(['4']);
    });
  });

  describe('bounds', () => {
    it('holds so many for one channel, event and user; the oldest goes first and is counted', () => {
      const { store } = aStore({ perTopic: 2 });
      for (const payload of ['1', '2', '3', '4']) store.keep(aKeptEvent({ payload }));

      expect(broadcasts(store)).toEqual(['3', '4']);
      expect(store.stats.evicted).toBe(2);
    });

    it('counts each channel, each event and each user by itself', () => {
      const { store } = aStore({ perTopic: 1 });
      store.keep(aKeptEvent());
      store.keep(aKeptEvent({ channel: 'sport' }));
      store.keep(aKeptEvent({ name: 'score' }));
      store.keep(aKeptEvent({ audience: toUser('ada') }));
      store.keep(aKeptEvent({ audience: toUser('bob') }));

      expect([store.size, store.stats.evicted]).toEqual([5, 0]);
    });

    it('counts broadcasts for different roles together, as one user', () => {
      const { store } = aStore({ perTopic: 1 });
      store.keep(aKeptEvent({ audience: toEverybody('admin'), payload: '1' }));
      store.keep(aKeptEvent({ audience: toEverybody('support'), payload: '2' }));

      expect(broadcasts(store)).toEqual(['2']);
    });

    it('an event that replaces another evicts nobody', () => {
      const { store } = aStore({ perTopic: 2 });
      store.keep(aKeptEvent({ payload: '1' }));
      store.keep(aKeptEvent({ payload: '2', cacheKey: 'k' }));
      store.keep(aKeptEvent({ payload: '3', cacheKey: 'k' }));

      expect(broadcasts(store)).toEqual(['1', '3']);
    });

    it('holds so many bytes; the oldest goes first, whoever it is for', () => {
      const { store } = aStore({ bytes: 4_000 });
      const payload = JSON.stringify('x'.repeat(1_000));
      store.keep(aKeptEvent({ payload, audience: toUser('ada') }));
      store.keep(aKeptEvent({ payload, channel: 'sport' }));
      store.keep(aKeptEvent({ payload }));

      expect(payloads(store.narrowed('ada'))).toEqual([]);
      expect(store.size).toBe(2);
      expect(store.bytes).toBeLessThanOrEqual(4_000);
      expect(store.stats.evicted).toBe(1);
    });

    it('counts the bookkeeping of an event too, so that many small ones are bounded as well', () => {
      const { store } = aStore({ bytes: 10_000 });
      for (let i = 0; i < 10_000; i++) store.keep(aKeptEvent({ channel: `channel ${i}`, payload: '1' }));

      expect(store.size).toBeLessThan(100);
    });

    it('an event larger than all the room there is empties the store and is not kept', () => {
      const { store } = aStore({ bytes: 1_000 });
      store.keep(aKeptEvent());
      store.keep(aKeptEvent({ payload: JSON.stringify('x'.repeat(1_000)) }));

      expect([store.size, store.bytes]).toEqual([0, 0]);
    });
  });

  it('never gives a sequence number twice, and knows which are still kept', () => {
    const { store } = aStore({ perTopic: 1 });
    store.keep(aKeptEvent());
    const [first] = store.under('news', 'flash', undefined);
    store.keep(aKeptEvent());
    const [second] = store.under('news', 'flash', undefined);

    expect(second?.sequence).toBeGreaterThan(first?.sequence ?? 0);
    expect([store.has(first?.sequence ?? 0), store.has(second?.sequence ?? 0)]).toEqual([false, true]);
  });
});
