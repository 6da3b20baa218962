import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { roomOf, type Room } from '../../../src/delivery/index.js';
import { anEvent, toUser } from '../../support/builders/index.js';
import { arrived, consuming } from '../../support/describe-event-source.js';
import {
  describeWithOwnRabbit,
  describeWithRabbit,
  RABBIT_TIMEOUT,
  startRabbit,
  waitFor,
  type RabbitBroker,
} from '../../support/index.js';
import { Producer } from '../../support/rabbitmq/producer.js';
import { RabbitNode } from './rabbit-node.js';

Logger.overrideLogger(false);

/** Publishes until it works: a bus connects by itself, and says nothing about when. */
function published(node: RabbitNode, ...events: readonly ReturnType<typeof anEvent>[]): Promise<boolean> {
  return waitFor('the bus to take the events', async () => (await node.bus.publish(events)).kind === 'published');
}

describeWithRabbit('the bus over RabbitMQ', (rabbit) => {
  const nodes: RabbitNode[] = [];

  async function aNode(settings: Readonly<Record<string, string>> = {}): Promise<RabbitNode> {
    const node = new RabbitNode(rabbit().uri, settings);
    nodes.push(node);
    node.bus.open();
    node.source.start();
    await consuming(node.source);
    return node;
  }

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.close()));
  });

  it('brings an event to every node once, the publishing one included', async () => {
    const [one, two] = [await aNode(), await aNode()];
    const event = anEvent({
      channel: 'news',
      audience: toUser('u1', 'admin'),
      retention: 60,
      cacheKey: 'k',
      payload: '{"a":1}',
    });
    await published(one, event);
    await published(two, anEvent({ payload: '2' }));
    await Promise.all([arrived(one.intake, 2), arrived(two.intake, 2)]);

    const { receivedAt: _, ...travelled } = event;
    for (const { intake } of [one, two]) {
      expect(intake.bodies).toEqual(['{"a":1}', '2']);
      expect(intake.events[0]).toMatchObject(travelled);
    }
  });

  it('keeps the order in which events were published', async () => {
    const node = await aNode();
    await published(node, anEvent({ payload: '0' }));
    const calls = Array.from({ length: 50 }, (_, call) =>
      node.bus.publish(Array.from({ length: 20 }, (__, index) => anEvent({ payload: String(1 + call * 20 + index) }))),
    );
    await Promise.all(calls);
    await arrived(node.intake, 1_001);

    expect(node.intake.bodies).toEqual(Array.from({ length: 1_001 }, (_, index) => String(index)));
  });

  it('says so when no node is listening', async () => {
    const node = await aNode();
    await published(node, anEvent());
    await node.source.stop();

    await expect(node.bus.publish([anEvent()])).resolves.toEqual({
      kind: 'unavailable',
      reason: 'no node is listening',
    });
  });

  it.each([100_000, 200_000])(
    'refuses all events of a call when one has a header of %i bytes, and no others',
    async (length) => {
      const node = await aNode();
      await published(node, anEvent({ payload: '0' }));
      const tooLarge = anEvent({ audience: toUser('u'.repeat(length)), payload: '"never"' });
      const outcomes = await Promise.all(
        [[anEvent({ payload: '1' })], [anEvent({ payload: '"never"' }), tooLarge], [anEvent({ payload: '2' })]].map(
          (events) => node.bus.publish(events),
        ),
      );
      await published(node, anEvent({ payload: '3' }));
      await waitFor('the last event', () => node.intake.bodies.includes('3'));

      expect(outcomes).toEqual([
        { kind: 'published' },
        {
          kind: 'unavailable',
          reason: expect.stringMatching(/headers of \d+ bytes; the broker takes \d+ \(frame_max\)/),
        },
        { kind: 'published' },
      ]);
      expect(node.intake.bodies).toEqual(['0', '1', '2', '3']);
      expect(node.bus.stats).toMatchObject({ connects: 1, disconnects: 0 });
    },
  );

  it('takes headers up to that limit', async () => {
    const node = await aNode();
    const rooms = Array.from({ length: 16 }, (_, index) => roomOf({ a: 'x'.repeat(4_000), index }) as Room);
    await published(node, anEvent({ audience: { kind: 'rooms', rooms }, payload: '1' }));
    await arrived(node.intake, 1);

    expect(node.intake.events).toMatchObject([{ audience: { kind: 'rooms', rooms } }]);
  });

  it('goes on after the broker has closed its channel', async () => {
    const node = await aNode();
    await published(node, anEvent({ payload: '1' }));
    const producer = await Producer.connect(rabbit().uri);
    await producer.apart((channel) => channel.deleteExchange('hermes.events'));
    await producer.close();
    await waitFor('the exchange to be listened to again', async () => {
      const outcome = await node.bus.publish([anEvent({ payload: '2' })]);
      return outcome.kind === 'published';
    });
    await waitFor('the event', () => node.intake.bodies.includes('2'));

    expect(node.bus.stats).toMatchObject({ connects: 1, disconnects: 0 });
  });

  it('refuses at once while the exchange of the bus is of another type', async () => {
    const vhost = `hermes-${randomUUID()}`;
    await rabbit().management.addVhost(vhost);
    const uri = new URL(rabbit().uri);
    uri.pathname = `/${vhost}`;
    const producer = await Producer.connect(uri.href);
    await producer.apart((channel) => channel.assertExchange('hermes.events', 'direct'));
    const node = new RabbitNode(uri.href);
    nodes.push(node);
    node.bus.open();
    await waitFor('the bus to connect', () => node.bus.stats.connects === 1);

    await expect(node.bus.publish([anEvent()])).resolves.toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining("inequivalent arg 'type'"),
    });
    await producer.close();
    await rabbit().management.deleteVhost(vhost);
  });
});

describeWithOwnRabbit('the bus over a RabbitMQ in trouble', () => {
  let broker: RabbitBroker;
  let node: RabbitNode;

  beforeAll(async () => {
    broker = await startRabbit();
    node = new RabbitNode(broker.uri, { HERMES_RABBITMQ_PUBLISH_TIMEOUT: '2s' });
    node.bus.open();
    node.source.start();
    await consuming(node.source);
    await published(node, anEvent());
  }, RABBIT_TIMEOUT);

  afterAll(async () => {
    await node.close();
    await broker.stop();
  }, RABBIT_TIMEOUT);

  it(
    'says that events may still be delivered when the broker takes none and did not say so, and they are',
    async () => {
      await broker.control('set_vm_memory_high_watermark', '0');
      let sent = 0;
      const { reason } = await waitFor('a refusal', async () => {
        const outcome = await node.bus.publish([anEvent({ payload: String(++sent) })]);
        return outcome.kind === 'unavailable' && outcome;
      });
      expect(reason).toBe('the broker did not confirm in time; the events may still be delivered');

      await broker.control('set_vm_memory_high_watermark', '0.4');
      await waitFor('what was refused', () => node.intake.bodies.includes(String(sent)));
      await published(node, anEvent());
    },
    RABBIT_TIMEOUT,
  );

  it(
    'refuses events while the broker takes none, and goes on consuming',
    async () => {
      await broker.control('set_vm_memory_high_watermark', '0');
      const refusal = await waitFor('a refusal', async () => {
        const outcome = await node.bus.publish([anEvent()]);
        return outcome.kind === 'unavailable' && outcome.reason.startsWith('the broker takes no events') && outcome;
      });
      expect(refusal).toMatchObject({ kind: 'unavailable' });
      expect(node.source.state).toEqual({ kind: 'consuming' });
      expect(node.bus.isolated).toBe(false);

      await broker.control('set_vm_memory_high_watermark', '0.4');
      await published(node, anEvent());
    },
    RABBIT_TIMEOUT,
  );

  it(
    'refuses events at once while the broker is away, and takes them again when it is back',
    async () => {
      await broker.kill();
      await waitFor('the bus to notice', () => node.bus.stats.disconnects === 1);
      expect(node.bus.isolated).toBe(true);
      await expect(node.bus.publish([anEvent()])).resolves.toMatchObject({
        kind: 'unavailable',
        reason: expect.stringContaining('not connected to the broker'),
      });
      const { length } = node.intake.events;

      await broker.start();
      await consuming(node.source);
      await published(node, anEvent({ payload: '"back"' }));
      await arrived(node.intake, length + 1);

      expect(node.intake.bodies.slice(length)).toEqual(['"back"']);
    },
    RABBIT_TIMEOUT,
  );
});
