import * as fc from 'fast-check';
import {
  aNode,
  anEvent,
  generousLimits,
  toEverybody,
  toNobody,
  toUser,
  type Listener,
} from '../../test/support/builders/index.js';
import type { Audience, Identity } from './audience.js';
import type { HermesEvent } from './event.js';
import { WILDCARD } from './subscription-index.js';

/*
 * The core against a model that is as slow as it is plain: it looks at every session for every event, keeps retained
 * events in one list and writes down what each session was given.
 */

const SESSIONS = 3;
const PER_TOPIC = 3;

interface Kept {
  readonly event: HermesEvent;
  readonly expiresAt: number;
}

class ModelSession {
  subscriptions: { channel: string; event: string }[] = [];
  readonly muted = new Set<string>();
  identity: Identity | undefined;
  readonly given = new Set<HermesEvent>();
  readonly received: HermesEvent[] = [];
  gone = false;

  sees({ channel, name, audience }: HermesEvent): boolean {
    const subscribed = this.subscriptions.some(
      (topic) =>
        (topic.channel === channel || topic.channel === WILDCARD) && (topic.event === name || topic.event === WILDCARD),
    );
    return subscribed && !this.muted.has(name) && isFor(audience, this.identity);
  }

  give(events: readonly HermesEvent[]): void {
    for (const event of events) {
      this.given.add(event);
      this.received.push(event);
    }
  }
}

function isFor(audience: Audience, identity: Identity | undefined): boolean {
  if (audience.kind === 'internal' || audience.kind === 'rooms') return false;
  if (audience.kind === 'direct' && audience.userId !== identity?.userId) return false;
  return audience.role === undefined || audience.role === identity?.role;
}

class Model {
  readonly sessions = Array.from({ length: SESSIONS }, () => new ModelSession());
  now = 0;
  #kept: Kept[] = [];

  deliver(event: HermesEvent): void {
    this.#keep(event);
    for (const session of this.sessions) if (session.sees(event)) session.give([event]);
  }

  /** Does something to a session and gives it what it sees only now and was never given. */
  change(session: ModelSession, change: () => void): void {
    const before = new Set(this.#alive().filter((event) => session.sees(event)));
    change();
    session.give(
      this.#alive().filter((event) => session.sees(event) && !before.has(event) && !session.given.has(event)),
    );
  }

  replay(session: ModelSession): void {
    session.give(this.#alive().filter((event) => session.sees(event)));
  }

  sweep(): void {
    this.#kept = this.#kept.filter(({ expiresAt }) => expiresAt > this.now);
  }

  #alive(): HermesEvent[] {
    return this.#kept.filter(({ expiresAt }) => expiresAt > this.now).map(({ event }) => event);
  }

  #keep(event: HermesEvent): void {
    if (event.retention === undefined || event.audience.kind === 'internal') return;
    const key = JSON.stringify([topicOf(event), event.audience, event.cacheKey]);
    this.#kept = this.#kept.filter(
      (kept) =>
        event.cacheKey === undefined ||
        key !== JSON.stringify([topicOf(kept.event), kept.event.audience, kept.event.cacheKey]),
    );
    const expiresAt = event.retention === 'forever' ? Infinity : this.now + event.retention * 1_000;
    this.#kept.push({ event, expiresAt });
    const siblings = this.#kept.filter((kept) => topicOf(kept.event) === topicOf(event));
    if (siblings.length > PER_TOPIC) this.#kept = this.#kept.filter((kept) => kept !== siblings[0]);
  }
}

function topicOf({ channel, name, audience }: HermesEvent): string {
  return JSON.stringify([channel, name, audience.kind === 'direct' ? audience.userId : null]);
}

const names = fc.constantFrom('a', 'b');
const patterns = fc.constantFrom('a', 'b', WILDCARD);
const roles = fc.constantFrom(undefined, 'clerk', 'admin');
const users = fc.constantFrom('ada', 'bob');
const retentions = fc.constantFrom(undefined, 'forever' as const, 'forever' as const, 1, 3);
const cacheKeys = fc.constantFrom(undefined, undefined, 'k');
const anySession = fc.nat({ max: SESSIONS - 1 });

const direct = fc.record({
  audience: fc.tuple(users, roles).map(([userId, role]) => toUser(userId, role)),
  retention: retentions,
});
const broadcast = fc.record({ audience: roles.map(toEverybody), retention: retentions });
const internal = fc.record({ audience: fc.constant(toNobody), retention: retentions });

const steps = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant('deliver' as const),
      channel: names,
      name: names,
      addressed: fc.oneof({ weight: 3, arbitrary: broadcast }, { weight: 2, arbitrary: direct }, internal),
      cacheKey: cacheKeys,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constantFrom('subscribe', 'subscribe', 'unsubscribe' as const),
      session: anySession,
      channel: patterns,
      event: patterns,
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('mute' as const), session: anySession, event: names }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('identify' as const),
      session: anySession,
      identity: fc.option(fc.record({ userId: users, role: roles }), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('replay', 'disconnect' as const), session: anySession }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constantFrom('stall', 'drain', 'read' as const), session: anySession }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('pass' as const), seconds: fc.constantFrom(0.5, 1, 2) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('turn', 'sweep' as const) }) },
);
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never;

/** Takes the core and the model through the same steps. */
class Comparison {
  readonly node = aNode({ ...generousLimits, retained: { perTopic: PER_TOPIC, bytes: 1_000_000 } });
  readonly model = new Model();
  readonly listeners = Array.from({ length: SESSIONS }, () => this.node.connect());
  #events = 0;

  take(step: Step): void {
    switch (step.what) {
      case 'deliver': {
        const { channel, name, cacheKey, addressed } = step;
        const event = anEvent({ channel, name, cacheKey, ...addressed, payload: `${++this.#events}` });
        this.node.delivery.deliver(event);
        return this.model.deliver(event);
      }
      case 'pass':
        this.node.clock.advance(step.seconds * 1_000);
        this.model.now += step.seconds * 1_000;
        return;
      case 'sweep':
        this.node.delivery.retained.sweep();
        return this.model.sweep();
      case 'turn':
        return this.node.loop.turn();
      default: {
        const listener = this.listeners[step.session];
        const session = this.model.sessions[step.session];
        if (listener && session && !session.gone) this.#takeWith(listener, session, step);
      }
    }
  }

  #takeWith(
    { subscriber, connection }: Listener,
    session: ModelSession,
    step: Exclude<Step, { what: 'deliver' | 'pass' | 'sweep' | 'turn' }>,
  ): void {
    const { delivery } = this.node;
    switch (step.what) {
      case 'subscribe':
        delivery.subscribe(subscriber, step.channel, step.event);
        return this.model.change(session, () => {
          session.subscriptions.push(step);
          session.muted.delete(step.event);
        });
      case 'unsubscribe':
        delivery.unsubscribe(subscriber, step.channel, step.event);
        return this.model.change(session, () => {
          session.subscriptions = session.subscriptions.filter(
            ({ channel, event }) => channel !== step.channel || (step.event !== WILDCARD && event !== step.event),
          );
        });
      case 'mute':
        delivery.mute(subscriber, step.event);
        return this.model.change(session, () => session.muted.add(step.event));
      case 'identify':
        delivery.identify(subscriber, step.identity);
        return this.model.change(session, () => (session.identity = step.identity));
      case 'replay':
        delivery.replay(subscriber);
        return this.model.replay(session);
      case 'disconnect':
        // What waited behind a busy socket goes with the session, so it ends with everything read.
        connection.read();
        this.node.loop.settle();
        delivery.disconnect(subscriber);
        session.subscriptions = [];
        session.gone = true;
        return;
      default:
        return connection[step.what]() as void;
    }
  }

  /** What each session got according to the core and according to the model. */
  results(): { core: string[][]; model: string[][] } {
    for (const { connection } of this.listeners) connection.read();
    return {
      core: this.listeners.map((listener) => listener.received()),
      model: this.model.sessions.map(({ received }) =>
        received.map(({ channel, name, payload }) => `${channel}/${name} ${payload.toString()}`),
      ),
    };
  }
}

describe('Delivery, compared with a model', () => {
  it('gives every session exactly what the model gives it, in the same order', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 60, size: 'max' }), (taken) => {
        const comparison = new Comparison();
        for (const step of taken) comparison.take(step);
        const { core, model } = comparison.results();

        expect(core).toEqual(model);
        expect(comparison.node.delivery.pressure.bytes).toBe(0);
      }),
      { numRuns: 800 },
    );
  });
});
