import { aBroadcast, arrived, consuming } from '../../support/describe-event-source.js';
import { describeWithOwnNats, NATS_TIMEOUT, prepareNats, waitFor, type NatsServer } from '../../support/index.js';
import { LogRecorder } from '../../support/log-recorder.js';
import { NatsNode } from './nats-node.js';
import { NatsProducer } from '../../support/nats/producer.js';
import { Relay } from './relay.js';

const PATIENCE = NATS_TIMEOUT;
const { headers } = aBroadcast('');

/** One event a millisecond until told to stop; bodies count up, and `stop` says how many went out. */
function load(to: NatsProducer): { stop(): number } {
  let count = 0;
  const timer = setInterval(() => {
    try {
      to.send('news', headers, String(count++));
    } catch {
      // The server is away; what is sent now is lost.
    }
  }, 1);
  return {
    stop: () => {
      clearInterval(timer);
      return count;
    },
  };
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index));
}

describeWithOwnNats('NATS that goes away', () => {
  let server: NatsServer;
  let node: NatsNode;
  let producer: NatsProducer | undefined;
  let relay: Relay | undefined;
  let log: LogRecorder;

  beforeAll(async () => {
    server = await prepareNats();
  });

  beforeEach(async () => {
    await server.start();
    log = LogRecorder.install();
  }, PATIENCE);

  afterEach(async () => {
    await node.close();
    await producer?.close();
    relay?.close();
    producer = relay = undefined;
  });

  afterAll(() => server.kill());

  function start(settings: Readonly<Record<string, string>>, url = server.url): void {
    node = new NatsNode(url, settings);
    node.source.start();
  }

  async function aProducer(): Promise<NatsProducer> {
    await producer?.close();
    return (producer = await NatsProducer.connect(server.url));
  }

  /** A stream and a node that reads it by way of the relay. */
  async function aReader(stream: string, settings: Readonly<Record<string, string>> = {}): Promise<NatsProducer> {
    const to = await aProducer();
    await to.addStream(stream);
    relay = await Relay.open(server.url);
    start({ HERMES_NATS_STREAMS: stream, ...settings }, relay.url);
    await consuming(node.source);
    return to;
  }

  it(
    'and is away at the start is found when it appears',
    async () => {
      await server.kill();
      start({ HERMES_NATS_SUBJECTS: 'news' });
      node.bus.open();
      await waitFor('a failed attempt', () => node.source.stats.connectFailures > 2);
      expect(node.reason).toMatch(/not connected to the server: .*ECONNREFUSED/);
      expect(log.of('source.connect.failed')).toHaveLength(1);

      await server.start();
      await consuming(node.source);
      const to = await aProducer();
      to.send('news', headers, '"hello"');
      await arrived(node.intake, 1);
    },
    PATIENCE,
  );

  it(
    'is found again after it was killed under load, and brings every event once',
    async () => {
      start({ HERMES_NATS_SUBJECTS: 'news' });
      await consuming(node.source);
      const before = load(await aProducer());
      await arrived(node.intake, 300);
      await server.kill();
      await waitFor('the source to notice', () => node.source.state.kind === 'waiting');
      before.stop();
      const { length } = node.intake.events;
      expect(node.intake.bodies).toEqual(numbers(length));

      await server.start();
      await consuming(node.source);
      const after = load(await aProducer());
      await arrived(node.intake, length + 300);
      const sent = after.stop();
      await arrived(node.intake, length + sent);

      expect(node.intake.bodies.slice(length)).toEqual(numbers(sent));
      expect(node.source.stats).toMatchObject({ connects: 2, disconnects: 1, consumerLosses: 0, consumerRestores: 1 });
    },
    PATIENCE,
  );

  it(
    'has kept in its streams what came before it was killed, and each event comes once',
    async () => {
      const to = await aReader('killed');
      let stored = 0;
      const storing = (async () => {
        for (;;) {
          await to.store('killed.a', headers, String(stored));
          stored++;
        }
      })().catch(() => undefined);
      await arrived(node.intake, 200);
      await server.kill();
      await storing;
      await waitFor('the source to notice', () => node.source.state.kind === 'waiting');
      await server.start();
      await consuming(node.source);
      const again = await aProducer();
      await again.store('killed.a', headers, '"last"');
      await waitFor('the last event', () => node.intake.bodies.includes('"last"'));

      // The one under way when the server died may be in the stream although nobody was told so.
      const bodies = node.intake.bodies.slice(0, -1);
      expect(bodies).toEqual(numbers(bodies.length));
      expect(bodies.length - stored).toBeGreaterThanOrEqual(0);
      expect(bodies.length - stored).toBeLessThanOrEqual(1);
    },
    PATIENCE,
  );

  it('brings from a stream what came while this node was away', async () => {
    const to = await aReader('gap');
    await to.store('gap.a', headers, '0');
    await arrived(node.intake, 1);
    relay?.block();
    await waitFor('the source to notice', () => node.source.state.kind === 'waiting');
    for (const body of ['1', '2', '3']) await to.store('gap.a', headers, body);
    relay?.unblock();
    await arrived(node.intake, 4);
    await to.store('gap.a', headers, '4');
    await arrived(node.intake, 5);

    expect(node.intake.bodies).toEqual(numbers(5));
  });

  it('brings nothing of what a stream had before this node was there', async () => {
    const to = await aProducer();
    await to.addStream('old');
    await to.store('old.a', headers, '"history"');
    start({ HERMES_NATS_STREAMS: 'old' });
    await consuming(node.source);
    await to.store('old.a', headers, '"news"');
    await arrived(node.intake, 1);

    expect(node.intake.bodies).toEqual(['"news"']);
  });

  it('hands over what a pause held once, whether or not the connection lasted', async () => {
    const to = await aReader('paused', { HERMES_NATS_SUBJECTS: 'news' });
    await to.store('paused.a', headers, '0');
    await arrived(node.intake, 1);
    node.source.pause();
    const seen = relay?.delivered ?? 0;
    for (const body of ['1', '2']) await to.store('paused.a', headers, body);
    to.send('news', headers, '"core"');
    await waitFor('the messages to be sent to the source', () => (relay?.delivered ?? 0) >= seen + 3);
    relay?.cut();
    await waitFor('the connection to be lost', () => node.source.stats.disconnects === 1);
    await consuming(node.source);
    await to.store('paused.a', headers, '3');
    expect(node.intake.events).toHaveLength(1);
    node.source.resume();
    await arrived(node.intake, 5);

    expect(node.intake.bodies.filter((body) => body !== '"core"')).toEqual(numbers(4));
    expect(node.intake.bodies).toContain('"core"');
  });

  it('lets the oldest core messages go when a pause holds too many', async () => {
    start({ HERMES_NATS_SUBJECTS: 'news', HERMES_NATS_HOLD_LIMIT: '64KiB' });
    await consuming(node.source);
    const to = await aProducer();
    node.source.pause();
    for (const body of numbers(1_000)) to.send('news', headers, body);
    await waitFor('messages to be dropped', () => node.source.stats.heldDropped > 800);
    await to.confirmed();
    node.source.resume();
    await waitFor('the newest', () => node.intake.bodies.includes('999'));

    const kept = 1_000 - node.source.stats.heldDropped;
    expect(node.intake.bodies).toEqual(numbers(1_000).slice(-kept));
  });

  it('has no such stream yet, says so, and is read from the first message of the stream', async () => {
    const to = await aProducer();
    const manager = await to.streams();
    await manager.streams.delete('late').catch(() => undefined);
    start({ HERMES_NATS_STREAMS: 'late', HERMES_NATS_SUBJECTS: 'news' });
    await waitFor('the refusal', () => node.reason === 'stream late: stream not found');
    to.send('news', headers, '"meanwhile"');
    await arrived(node.intake, 1);
    await to.addStream('late');
    for (const body of ['0', '1', '2']) await to.store('late.a', headers, body);
    await consuming(node.source);
    await arrived(node.intake, 4);

    expect(node.intake.bodies).toEqual(['"meanwhile"', ...numbers(3)]);
    expect(node.source.stats).toMatchObject({ streamRefusals: 1, disconnects: 0 });
    expect(log.of('source.stream.accepted')).toHaveLength(1);
  });

  it('has its stream made anew, and is read from the first message of the new one', async () => {
    const to = await aReader('anew');
    for (const body of ['0', '1', '2']) await to.store('anew.a', headers, body);
    await arrived(node.intake, 3);
    const manager = await to.streams();
    await manager.streams.delete('anew');
    await to.addStream('anew');
    await to.store('anew.a', headers, '3');
    await arrived(node.intake, 4);
    await consuming(node.source);

    expect(node.intake.bodies).toEqual(numbers(4));
    expect(node.source.stats).toMatchObject({ consumerLosses: 1, disconnects: 0 });
  });

  it('loses a consumer, and the source has another that goes on behind the last message', async () => {
    const to = await aReader('consumer');
    await to.store('consumer.a', headers, '0');
    await arrived(node.intake, 1);
    const manager = await to.streams();
    for await (const { name } of manager.consumers.list('consumer')) await manager.consumers.delete('consumer', name);
    await to.store('consumer.a', headers, '1');
    await arrived(node.intake, 2);
    await waitFor('the consumer to be restored', () => node.source.stats.consumerRestores === 1);

    expect(node.intake.bodies).toEqual(['0', '1']);
    expect(log.of('source.consumer.lost')).toHaveLength(1);
  });

  it('keeps no consumer of a node that has stopped', async () => {
    const to = await aReader('stopped');
    await node.close();
    const manager = await to.streams();

    expect((await manager.streams.info('stopped')).state.consumer_count).toBe(0);
    expect(log.of('source.disconnected')).toEqual([]);
  });

  it('can be asked to stop while it is away', async () => {
    start({ HERMES_NATS_SUBJECTS: 'news', HERMES_NATS_STREAMS: 'any' }, 'nats://127.0.0.1:1');
    node.bus.open();
    await node.close();

    expect(node.source.state).toEqual({ kind: 'stopped' });
  });
});
