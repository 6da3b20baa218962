import * as fc from 'fast-check';
import { aNode, anEvent, lineEncoder, type Listener, type Node } from '../../test/support/builders/index.js';
import { roomOf, type Room } from './room.js';
import type { RoomRouting } from './room-index.js';
import type { RoomEncoder } from './room-subscription.js';

const SESSIONS = [0, 1, 2];

type Value = Readonly<Record<string, unknown>>;

const encoder: RoomEncoder = {
  encode: ({ payload }, reference) => Buffer.from(`${reference} ${payload.toString()}\n`),
};

function room(value: Value): Room {
  const found = roomOf(value);
  if (found === undefined) throw new Error('no room');
  return found;
}

function trigger(node: Node, rooms: readonly Value[], payload = 'x'): void {
  node.delivery.deliver(
    anEvent({ audience: { kind: 'rooms', rooms: rooms.map(room) }, payload: JSON.stringify(payload) }),
  );
}

/** As slow as it is plain: it looks at every subscription for every room of every trigger. */
class Model {
  subscriptions: { who: number; room: Value; reference: string }[] = [];

  constructor(private readonly routing: RoomRouting) {}

  enter(who: number, entered: Value, reference: string): void {
    const same = this.subscriptions.find((one) => one.who === who && one.reference === reference);
    if (same && room(same.room).text === room(entered).text) return;
    this.leave(who, reference);
    this.subscriptions.push({ who, room: entered, reference });
  }

  leave(who: number, reference: string): boolean {
    const before = this.subscriptions.length;
    this.subscriptions = this.subscriptions.filter((one) => one.who !== who || one.reference !== reference);
    return this.subscriptions.length < before;
  }

  leaveAll(who: number): void {
    this.subscriptions = this.subscriptions.filter((one) => one.who !== who);
  }

  reached(who: number, rooms: readonly Value[]): string[] {
    return rooms.flatMap((triggered) =>
      this.subscriptions
        .filter((one) => one.who === who && this.#matches(one.room, triggered))
        .map(({ reference }) => reference),
    );
  }

  #matches(subscribed: Value, triggered: Value): boolean {
    const keys = Object.keys(subscribed).toSorted();
    if (keys.join() !== Object.keys(triggered).toSorted().join()) return false;
    return keys.every((key) => {
      const [one, other] = [subscribed[key], triggered[key]];
      if (this.routing === 'wildcard' && (one === '*' || other === '*')) return true;
      return room({ one }).text === room({ one: other }).text;
    });
  }
}

const aValue = fc.constantFrom<unknown>(1, '1', '*', null, { x: 1, y: '*' });
const aRoom = fc.oneof(
  fc.record({ a: aValue }),
  fc.record({ a: aValue, b: aValue }),
  fc.record({ c: aValue, b: aValue, a: aValue }),
  fc.constant({}),
);
const who = fc.nat({ max: 2 });
const aReference = fc.constantFrom('1', '"1"', 'null');
const aStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('enter' as const), who, room: aRoom, reference: aReference }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), who, reference: aReference }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('disconnect' as const), who }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('trigger' as const), rooms: fc.array(aRoom, { maxLength: 3 }) }),
  },
);

type Step = typeof aStep extends fc.Arbitrary<infer T> ? T : never;

/** The core and the model, taking the same steps; what each of them makes of a step can be compared. */
class Pair {
  readonly node: Node;
  readonly model: Model;
  readonly #listeners: Listener[];

  constructor(routing: RoomRouting) {
    this.node = aNode({}, routing);
    this.model = new Model(routing);
    this.#listeners = SESSIONS.map(() => this.node.connect());
  }

  take(step: Step): { seen: unknown; expected: unknown } {
    const { delivery } = this.node;
    switch (step.kind) {
      case 'enter':
        this.model.enter(step.who, step.room, step.reference);
        return { seen: delivery.enter(this.#at(step.who), room(step.room), step.reference, encoder), expected: true };
      case 'leave': {
        const expected = this.model.leave(step.who, step.reference);
        return { seen: delivery.leave(this.#at(step.who), step.reference), expected };
      }
      case 'disconnect':
        delivery.disconnect(this.#at(step.who));
        this.model.leaveAll(step.who);
        this.#listeners[step.who] = this.node.connect();
        return { seen: undefined, expected: undefined };
      case 'trigger':
        trigger(this.node, step.rooms);
        return {
          seen: this.#listeners.map((listener) =>
            listener
              .received()
              .map((line) => line.split(' ')[0])
              .toSorted(),
          ),
          expected: SESSIONS.map((index) => this.model.reached(index, step.rooms).toSorted()),
        };
    }
  }

  #at(index: number): Listener['subscriber'] {
    return (this.#listeners[index] as Listener).subscriber;
  }
}

describe('rooms', () => {
  it.each<RoomRouting>(['exact', 'wildcard'])(
    'are routed (%s) as by somebody who looks at each subscription',
    (routing) => {
      fc.assert(
        fc.property(fc.array(aStep, { maxLength: 40 }), (steps) => {
          const pair = new Pair(routing);
          for (const step of steps) {
            const { seen, expected } = pair.take(step);
            expect(seen).toEqual(expected);
            const { subscriptions } = pair.model;
            expect(pair.node.delivery.rooms.size).toBe(subscriptions.length);
            expect(pair.node.delivery.rooms.rooms).toBe(new Set(subscriptions.map((one) => room(one.room).text)).size);
          }
        }),
      );
    },
  );

  it.each<[string, RoomRouting, Value[], number]>([
    ['exact', 'exact', [{ target: 'chat', room: 77_777 }], 1],
    ['wildcard', 'wildcard', [{ target: 'chat', room: 77_777 }], 3],
    ['wildcard, for a trigger with a wildcard', 'wildcard', [{ target: '*', room: 77_777 }], 3],
  ])('cost a few look-ups a trigger, of 100,000 rooms and 1,000 with wildcards (%s)', (_, routing, rooms, most) => {
    const node = aNode({ subscriptionsPerSession: 200_000 }, routing);
    const listener = node.connect();
    const enter = (entered: Value, reference: number): boolean =>
      node.delivery.enter(listener.subscriber, room(entered), String(reference), encoder);
    for (let index = 0; index < 100_000; index++) enter({ target: 'chat', room: index }, index);
    for (let index = 0; index < 1_000; index++) enter({ target: `many ${index}`, room: '*' }, 100_000 + index);
    enter({ target: 'chat', room: '*' }, 200_000);
    trigger(node, rooms);
    listener.received();

    const looks = jest.spyOn(Map.prototype, 'get');
    const targets = rooms.map(room);
    looks.mockClear();
    const reached = targets.flatMap((target) => [...node.delivery.rooms.reachedBy(target)]);
    const { length: lookUps } = looks.mock.calls;
    looks.mockRestore();

    expect(reached.length).toBeGreaterThan(0);
    expect(lookUps).toBeLessThanOrEqual(most + 2);
  });

  it('share the bound of subscriptions with everything else', () => {
    const node = aNode({ subscriptionsPerSession: 2 });
    const { delivery } = node;
    const { subscriber } = node.connect();
    delivery.subscribe(subscriber, 'news', 'flash');

    expect(delivery.enter(subscriber, room({ a: 1 }), '1', encoder)).toBe(true);
    expect(delivery.enter(subscriber, room({ a: 2 }), '2', encoder)).toBe(false);
    expect(delivery.enter(subscriber, room({ a: 2 }), '1', encoder)).toBe(true);
    expect(delivery.subscribe(subscriber, 'news', 'other')).toBe(false);
  });

  it('encode an event once for each reference, whoever uses it', () => {
    const node = aNode();
    const encode = jest.fn(encoder.encode);
    const shared = { encode };
    for (const reference of ['1', '1', '2']) {
      node.delivery.enter(node.connect().subscriber, room({ a: 1 }), reference, shared);
      node.delivery.enter(node.connect().subscriber, room({ b: 1 }), reference, shared);
    }
    trigger(node, [{ a: 1 }, { b: 1 }, { b: 1 }]);

    expect(encode).toHaveBeenCalledTimes(2);
    expect(node.delivery.stats.delivered).toBe(9);
    expect(node.delivery.rooms.stats.pushed).toBe(9);
  });

  it('are out of reach of other events, and their triggers of other subscribers', () => {
    const node = aNode();
    const inRoom = node.connect();
    const listener = node.connect(lineEncoder);
    node.delivery.enter(inRoom.subscriber, room({ a: 1 }), '1', encoder);
    node.delivery.subscribe(listener.subscriber, '***', '***');
    node.delivery.deliver(anEvent({ retention: 'forever' }));
    node.delivery.deliver(anEvent({ retention: 'forever', audience: { kind: 'rooms', rooms: [room({ a: 1 })] } }));

    expect(inRoom.received()).toEqual(['1 1']);
    expect(listener.received()).toEqual(['news/flash 1']);
    expect(node.delivery.retained.size).toBe(1);
  });
});
