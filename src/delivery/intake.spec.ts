import { aNode, anEvent, type Node } from '../../test/support/builders/index.js';
import { EventIntake } from './intake.js';
import { LocalBus } from './event-bus.js';

function anIntake({ maxPayloadBytes = 1_000 } = {}) {
  const node = aNode();
  const listener = node.connect();
  node.delivery.subscribe(listener.subscriber, 'news', 'flash');
  const intake = new EventIntake(node.delivery, maxPayloadBytes);
  const rejections: string[][] = [];
  intake.onRejected((...rejection) => rejections.push(rejection));
  return { node, listener, intake, rejections };
}

function fatesOf(intake: EventIntake, source: string): Record<string, number> {
  return Object.fromEntries(intake.fates.get(source) ?? []);
}

/** How many events the node was given at all. */
function seen({ delivery }: Node): number {
  return delivery.stats.delivered + delivery.stats.unheard;
}

describe('EventIntake', () => {
  it('delivers an event with a JSON payload and counts it for its source', () => {
    const { listener, intake } = anIntake();

    intake.accept('rabbitmq', anEvent({ payload: '{"a":1}' }));

    expect(listener.received()).toEqual(['news/flash {"a":1}']);
    expect(fatesOf(intake, 'rabbitmq')).toEqual({ accepted: 1 });
  });

  it.each(['null', '0', '""', '[]', ' {"a" : 1.0e400 }\n', '"Grüße 🎉"', '{"__proto__":1}', '"\\ud800"'])(
    'takes %j as it is',
    (payload) => {
      const { node, intake } = anIntake();

      intake.accept('rabbitmq', anEvent({ payload }));

      expect(seen(node)).toBe(1);
    },
  );

  it.each([
    '',
    ' ',
    '{',
    '{"a":1',
    '{a:1}',
    "'a'",
    'undefined',
    'NaN',
    '1 2',
    '{}}',
    '\uFEFF',
    '\uFEFF\uFEFF{}',
    '"\n"',
  ])('drops %j, which is not JSON', (payload) => {
    const { node, intake, rejections } = anIntake();

    intake.accept('rabbitmq', anEvent({ payload }));

    expect(seen(node)).toBe(0);
    expect(fatesOf(intake, 'rabbitmq')).toEqual({ not_json: 1 });
    expect(rejections).toEqual([['rabbitmq', 'not_json', 'channel news, event flash']]);
  });

  it('takes JSON behind a byte order mark, and passes it on without', () => {
    const { listener, intake } = anIntake();

    intake.accept('rabbitmq', anEvent({ payload: '\uFEFF{"a":1}' }));

    expect(listener.received()).toEqual(['news/flash {"a":1}']);
  });

  it('drops bytes that are no UTF-8, for which a client would have to end its connection', () => {
    const { node, intake } = anIntake();

    intake.accept('rabbitmq', { ...anEvent(), payload: Buffer.from([0x22, 0xff, 0x22]) });

    expect(seen(node)).toBe(0);
    expect(fatesOf(intake, 'rabbitmq')).toEqual({ not_json: 1 });
  });

  it('drops a payload larger than the limit and says how large it was', () => {
    const { node, intake, rejections } = anIntake({ maxPayloadBytes: 10 });

    intake.accept('rabbitmq', anEvent({ payload: '"12345678"' }));
    expect(seen(node)).toBe(1);
    intake.accept('rabbitmq', anEvent({ payload: '"123456789"' }));

    expect(seen(node)).toBe(1);
    expect(rejections).toEqual([['rabbitmq', 'too_large', '11 bytes, the limit is 10']]);
  });

  it('reads a payload that is nested without end without harm', () => {
    const { node, intake } = anIntake({ maxPayloadBytes: 1_000_000 });

    intake.accept('rabbitmq', anEvent({ payload: '['.repeat(200_000) }));
    intake.accept('rabbitmq', anEvent({ payload: '['.repeat(200_000) + ']'.repeat(200_000) }));

    expect(seen(node)).toBe(1);
  });

  it('never repeats a payload in a rejection', () => {
    const { intake, rejections } = anIntake({ maxPayloadBytes: 30 });

    intake.accept('rabbitmq', anEvent({ payload: '{"token":"geheim"' }));
    intake.accept('rabbitmq', anEvent({ payload: `{"token":"geheim${'x'.repeat(100)}"}` }));

    expect(JSON.stringify(rejections)).not.toContain('geheim');
  });

  it('counts each source and each reason by itself, those of the sources’ own, too', () => {
    const { intake } = anIntake();

    intake.accept('rabbitmq', anEvent());
    intake.accept('rabbitmq', anEvent());
    intake.reject('rabbitmq', 'no_event_type', 'header event_type is missing');
    intake.reject('http', 'bad_request', 'channel must be a string');

    expect(fatesOf(intake, 'rabbitmq')).toEqual({ accepted: 2, no_event_type: 1 });
    expect(fatesOf(intake, 'http')).toEqual({ bad_request: 1 });
  });

  it('needs nobody to listen', () => {
    const intake = new EventIntake(aNode().delivery, 10);

    expect(() => intake.reject('http', 'bad_request', 'no')).not.toThrow();
  });
});

describe('LocalBus', () => {
  it('brings events to the local intake, in order', async () => {
    const { listener, intake } = anIntake();

    const outcome = await new LocalBus(intake).publish([anEvent({ payload: '1' }), anEvent({ payload: '2' })]);

    expect(outcome).toEqual({ kind: 'published' });
    expect(listener.received()).toEqual(['news/flash 1', 'news/flash 2']);
    expect(fatesOf(intake, 'local')).toEqual({ accepted: 2 });
  });
});
