import { Logger } from '@nestjs/common';
import { anEvent, toUser } from '../../support/builders/index.js';
import { arrived, consuming } from '../../support/describe-event-source.js';
import { describeWithNats, describeWithOwnNats, NATS_TIMEOUT, prepareNats, waitFor } from '../../support/index.js';
import { NatsNode } from './nats-node.js';
import { Relay } from './relay.js';

Logger.overrideLogger(false);

/** Publishes until it works: a bus connects by itself, and says nothing about when. */
function published(node: NatsNode, ...events: readonly ReturnType<typeof anEvent>[]): Promise<boolean> {
  return waitFor('the bus to take the events', async () => (await node.bus.publish(events)).kind === 'published');
}

async function opened(url: string, settings: Readonly<Record<string, string>> = {}): Promise<NatsNode> {
  const node = new NatsNode(url, settings);
  node.bus.open();
  node.source.start();
  await consuming(node.source);
  return node;
}

describeWithOwnNats('the bus over NATS', () => {
  const nodes: NatsNode[] = [];
  let server: Awaited<ReturnType<typeof prepareNats>>;

  beforeAll(async () => {
    server = await prepareNats();
    await server.start();
  }, NATS_TIMEOUT);

  afterAll(() => server.kill());

  async function aNode(): Promise<NatsNode> {
    const node = await opened(server.url, { HERMES_NATS_PUBLISH_TIMEOUT: '2s' });
    nodes.push(node);
    return node;
  }

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.close()));
  });

  it('brings an event to every node once, the publishing one included', async () => {
    const [one, two] = [await aNode(), await aNode()];
    const event = anEvent({
      channel: ' a name with\r\nall sorts in it: ü \ud83d\ude00 ',
      audience: toUser(' u1\n', 'admin'),
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

  it('takes all events of a call or none', async () => {
    const node = await aNode();
    await published(node, anEvent({ payload: '0' }));
    const tooLarge = JSON.stringify('x'.repeat(1024 ** 2));
    await expect(node.bus.publish([anEvent({ payload: '1' }), anEvent({ payload: tooLarge })])).resolves.toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining('max_payload'),
    });
    await published(node, anEvent({ payload: '2' }));
    await arrived(node.intake, 2);

    expect(node.intake.bodies).toEqual(['0', '2']);
  });

  it(
    'refuses events at once while the server is away, and takes them again when it is back',
    async () => {
      const node = await aNode();
      await published(node, anEvent({ payload: '"before"' }));
      await server.kill();
      await waitFor('the bus to notice', () => node.bus.stats.disconnects === 1);
      await expect(node.bus.publish([anEvent({ payload: '"lost"' })])).resolves.toMatchObject({
        kind: 'unavailable',
        reason: expect.stringContaining('not connected to the server'),
      });
      expect(node.bus.trouble).toContain('not connected to the server');

      await server.start();
      await consuming(node.source);
      await published(node, anEvent({ payload: '"back"' }));
      await arrived(node.intake, 2);

      expect(node.intake.bodies).toEqual(['"before"', '"back"']);
      expect(node.bus.trouble).toBeUndefined();
    },
    NATS_TIMEOUT,
  );

  it('gives up a server that does not answer, and what was not sent does not come later', async () => {
    const relay = await Relay.open(server.url);
    const node = new NatsNode(relay.url, { HERMES_NATS_PUBLISH_TIMEOUT: '500ms' });
    nodes.push(node, await opened(server.url));
    node.bus.open();
    await published(node, anEvent({ payload: '"before"' }));
    relay.freeze();
    await expect(node.bus.publish([anEvent({ payload: '"lost"' })])).resolves.toEqual({
      kind: 'unavailable',
      reason: 'the server did not confirm in time; the events may still be delivered',
    });
    await expect(node.bus.publish([anEvent()])).resolves.toMatchObject({
      reason: expect.stringContaining('not connected'),
    });
    await published(node, anEvent({ payload: '"after"' }));
    await waitFor('the event', () => nodes[1]?.intake.bodies.includes('"after"'));

    expect(nodes[1]?.intake.bodies).toEqual(['"before"', '"after"']);
    relay.close();
  });
});

describeWithNats('the bus over a shared NATS', (url) => {
  it('answers before it has connected', async () => {
    const node = new NatsNode(url());
    await expect(node.bus.publish([anEvent()])).resolves.toMatchObject({ kind: 'unavailable' });
    await node.close();
  });
});
