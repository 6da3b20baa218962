import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { aBroadcast, arrived, consuming } from '../../support/describe-event-source.js';
import { describeWithOwnKafka, KAFKA_TIMEOUT, prepareKafka, waitFor, type KafkaProgram } from '../../support/index.js';
import { LogRecorder } from '../../support/log-recorder.js';
import { KafkaNode } from './kafka-node.js';
import { Producer } from '../../support/kafka/producer.js';

const PATIENCE = KAFKA_TIMEOUT;
const { headers } = aBroadcast('');

/** Sends one event after another until told to stop; `stop` says which of them the broker has. */
function load(producer: Producer, topic: string): { stop(): Promise<readonly string[]> } {
  const confirmed: string[] = [];
  const end = new AbortController();
  const sending = (async () => {
    for (let count = 0; !end.signal.aborted; count++) {
      const value = String(count);
      await producer.send(topic, { headers, value, partition: count % 2 }).then(
        () => confirmed.push(value),
        () => undefined,
      );
    }
  })();
  return {
    stop: async () => {
      end.abort();
      await sending;
      return confirmed;
    },
  };
}

/** With the topic of these tests, whichever of them comes first. */
async function producerOf({ address }: KafkaProgram): Promise<Producer> {
  const producer = await Producer.connect(address);
  await producer.createTopic('news', 2);
  return producer;
}

describeWithOwnKafka('Kafka that goes away', () => {
  let kafka: KafkaProgram;
  let node: KafkaNode;
  let producer: Producer | undefined;
  let log: LogRecorder;

  beforeAll(async () => {
    kafka = await prepareKafka();
  });

  beforeEach(async () => {
    await kafka.start();
    log = LogRecorder.install();
  }, PATIENCE);

  afterEach(async () => {
    await node.close();
    await producer?.close();
    producer = undefined;
  });

  afterAll(() => kafka.kill(), PATIENCE);

  it(
    'and is away at the start is found when it appears',
    async () => {
      await kafka.kill();
      node = new KafkaNode(kafka.address, 'news');
      node.source.start();
      await waitFor('failed attempts', () => node.source.stats.connectFailures > 2);
      expect(node.reason).toMatch(/^not connected to the brokers: .*ECONNREFUSED/);
      expect(log.of('source.connect.failed')).toHaveLength(1);

      await kafka.start();
      producer = await producerOf(kafka);
      await consuming(node.source);
      await producer.send('news', { headers, value: '"hello"' });
      await arrived(node.intake, 1);

      expect(node.source.stats).toMatchObject({ connects: 1, disconnects: 0 });
    },
    PATIENCE,
  );

  it(
    'is killed under load and comes back: nothing it has is lost, nothing comes twice, each partition keeps its order',
    async () => {
      producer = await producerOf(kafka);
      node = new KafkaNode(kafka.address, 'news');
      node.source.start();
      await consuming(node.source);
      const sending = load(producer, 'news');
      await arrived(node.intake, 100);
      await kafka.kill();
      await waitFor('the source to notice', () => node.source.state.kind === 'waiting');
      await kafka.start();
      await consuming(node.source);
      const { length } = node.intake.events;
      await arrived(node.intake, length + 100);
      const confirmed = await sending.stop();
      await waitFor('everything the broker has', () => {
        const bodies = new Set(node.intake.bodies);
        return confirmed.every((body) => bodies.has(body));
      });

      // A producer that was not answered sends again: that is its own copy, with an offset of its own.
      const numbers = [...new Set(node.intake.bodies)].map(Number);
      for (const partition of [0, 1]) {
        const own = numbers.filter((number) => number % 2 === partition);
        expect(own).toEqual(own.toSorted((a, b) => a - b));
      }
      expect(node.intake.events.length - numbers.length).toBeLessThanOrEqual(8);
      expect(node.source.stats).toMatchObject({ connects: 2, disconnects: 1, offsetResets: 0 });
      expect(log.of('source.disconnected')).toHaveLength(1);
    },
    PATIENCE,
  );

  it(
    'goes during a pause, and what is held is handed over first and once',
    async () => {
      producer = await producerOf(kafka);
      node = new KafkaNode(kafka.address, 'news');
      node.source.start();
      await consuming(node.source);
      node.source.pause();
      for (const value of ['1', '2', '3']) await producer.send('news', { headers, value, partition: 0 });
      await waitFor('the source to have messages in hand', () => node.source.held > 0);
      await producer.close();
      await kafka.kill();
      await waitFor('the source to notice', () => node.source.state.kind === 'waiting');
      await kafka.start();
      producer = await Producer.connect(kafka.address);
      await consuming(node.source);
      await producer.send('news', { headers, value: '4', partition: 0 });
      expect(node.intake.events).toEqual([]);
      node.source.resume();
      await arrived(node.intake, 4);

      expect(node.intake.bodies).toEqual(['1', '2', '3', '4']);
    },
    PATIENCE,
  );

  it('can be asked to stop while it is away', async () => {
    node = new KafkaNode('127.0.0.1:1', 'news');
    node.source.start();
    await node.close();

    expect(node.source.state).toEqual({ kind: 'stopped' });
  });

  it('can be asked to stop while it does not answer', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    const connected = once(mute, 'connection');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    // Whoever waited for the answer would wait longer than a test may take.
    node = new KafkaNode(`127.0.0.1:${port}`, 'news', { HERMES_KAFKA_TIMEOUT: '10m' });
    node.source.start();
    const [socket] = (await connected) as [Socket];
    await node.close();
    socket.destroy();
    mute.close();

    expect(node.source.state).toEqual({ kind: 'stopped' });
  });
});
