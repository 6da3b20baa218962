import { readFileSync, writeFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import * as zlib from 'node:zlib';
import { readSettings } from '../../../src/config/index.js';
import { Broker } from '../../../src/sources/kafka/broker.js';
import { KafkaConfig } from '../../../src/sources/kafka/index.js';
import { Partition } from '../../../src/sources/kafka/partition.js';
import type { RecordBatch } from '../../../src/sources/kafka/record-batch.js';
import { aBroadcast, arrived, consuming } from '../../support/describe-event-source.js';
import { describeWithOwnKafka, KAFKA_TIMEOUT, prepareKafka, waitFor, type KafkaProgram } from '../../support/index.js';
import { Producer } from '../../support/kafka/producer.js';
import { LogRecorder } from '../../support/log-recorder.js';
import { KafkaNode } from './kafka-node.js';

const { headers } = aBroadcast('');
const COMPACTED = { 'cleanup.policy': 'compact', 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0.001' };

describeWithOwnKafka('the log of Kafka', () => {
  let kafka: KafkaProgram;
  let producer: Producer;
  let node: KafkaNode;
  let log: LogRecorder;

  beforeAll(async () => {
    kafka = await prepareKafka();
    await kafka.start();
  }, KAFKA_TIMEOUT);

  beforeEach(async () => {
    log = LogRecorder.install();
    producer = await Producer.connect(kafka.address);
  });

  afterEach(async () => {
    await node.close();
    await producer.close();
  });

  afterAll(() => kafka.kill(), KAFKA_TIMEOUT);

  async function start(topics: string, settings: Readonly<Record<string, string>> = {}): Promise<void> {
    node = new KafkaNode(kafka.address, topics, settings);
    node.source.start();
    await consuming(node.source);
  }

  /** From here on the node asks for nothing, as one that is frozen; what is sent afterwards waits in the log. */
  async function freeze(topic: string): Promise<void> {
    node.source.pause();
    await producer.send(topic, { key: 'held', headers, value: '"held"' });
    await waitFor('the last answer', () => node.source.held === 1);
  }

  async function batchesOf(topic: string): Promise<readonly RecordBatch[]> {
    const environment = { HERMES_KAFKA_BROKERS: kafka.address, HERMES_KAFKA_TOPICS: topic };
    const config = readSettings(environment, [KafkaConfig])['KafkaConfig'] as KafkaConfig;
    const broker = new Broker(kafka.address, config);
    const partition = new Partition({ kind: 'headers', topic }, 0, 1);
    try {
      return (await broker.fetch([partition])).flatMap(({ batches }) => batches);
    } finally {
      broker.close();
    }
  }

  it(
    'goes on behind batches that the cleaner has emptied, to one that has no room beside them',
    async () => {
      const topic = await producer.topic('compacted', 1, COMPACTED);
      await start(topic);
      await freeze(topic);
      const large = JSON.stringify('x'.repeat(1_048_400));
      for (const value of ['1', '2', large]) {
        const one = await producer.another();
        await one.sendAs({ idempotent: true }, topic, { key: 'a', headers, value });
        await one.close();
      }
      await waitFor('the cleaner', async () => {
        await producer.send(topic, { key: 'active', headers, value: '"active"' });
        return (await batchesOf(topic)).filter(({ count }) => count === 0).length >= 2;
      });
      node.source.resume();
      await producer.send(topic, { key: 'last', headers, value: '"last"' });
      await waitFor('the last', () => node.intake.bodies.includes('"last"'));

      expect(node.intake.bodies).toContain(large);
      expect(node.intake.bodies).not.toContain('1');
      expect(node.source.stats.messagesSkipped).toBe(0);
    },
    KAFKA_TIMEOUT,
  );

  it(
    'is passed over in one step where a hundred thousand messages are gone',
    async () => {
      const topic = await producer.topic('gap', 1, { ...COMPACTED, 'max.message.bytes': '10000000' });
      await start(topic);
      await freeze(topic);
      const same = { key: 'a', headers: {}, value: '1' };
      const one = await producer.another();
      await one.sendAs(
        { idempotent: true, compression: 'gzip' },
        topic,
        ...Array.from({ length: 100_000 }, () => same),
      );
      await one.close();
      await waitFor('the cleaner', async () => {
        await producer.send(topic, { key: 'a', headers, value: '"active"' });
        return (await batchesOf(topic)).some(({ count }) => count === 0);
      });
      const before = node.fetches;
      node.source.resume();
      await producer.send(topic, { key: 'large', headers, value: JSON.stringify('x'.repeat(2_000_000)) });
      await producer.send(topic, { key: 'last', headers, value: '"last"' });
      await waitFor('the last', () => node.intake.bodies.includes('"last"'));

      expect(node.fetches - before).toBeLessThan(100);
    },
    KAFKA_TIMEOUT,
  );

  it.each([126_000, 500_000])(
    'hands over a batch of %d records, and others have their turn meanwhile',
    async (count) => {
      const topic = await producer.topic('many', 1, { 'max.message.bytes': '10000000' });
      await start(`${topic}:channel=many/tick`);
      await producer.send(topic, { value: '"before"' });
      const messages = Array.from({ length: count }, (_, index) => ({ value: String(index % 10) }));
      await producer.sendAll({ compression: 'gzip' }, topic, messages);
      expect((await batchesOf(topic)).map((batch) => batch.count)).toContain(count);
      await producer.send(topic, { value: '"after"' });
      let turns = 0;
      while (node.intake.events.length < count + 2) {
        const { length } = node.intake.events;
        await nextTurn();
        if (node.intake.events.length > length) turns++;
        expect(node.intake.events.length - length).toBeLessThanOrEqual(256);
      }

      expect(node.intake.events.at(-1)?.payload.toString()).toBe('"after"');
      expect(turns).toBeGreaterThan(0);
      expect(node.source.stats.messagesSkipped).toBe(0);
    },
    KAFKA_TIMEOUT,
  );

  it.each([20_000, 100_000])(
    'refuses a message with %d headers where they count, and its neighbours come',
    async (count) => {
      const [one, two] = [await producer.topic('headers'), await producer.topic('headers')];
      await start(`${one},${two}:channel=many/tick`);
      const many = Object.fromEntries(Array.from({ length: count }, (_, index) => [`h${index}`, null]));
      for (const topic of [one, two]) {
        await producer.send(topic, { headers, value: '"before"' });
        await producer.send(topic, { headers: { ...headers, ...many }, value: '"many"' });
        await producer.send(topic, { headers, value: '"after"' });
      }
      await arrived(node.intake, 5);

      expect(node.intake.events.map(({ channel }) => channel).filter((channel) => channel === 'many')).toHaveLength(3);
      expect(node.intake.rejections).toMatchObject([
        { reason: 'bad_header', detail: expect.stringContaining(`${count + 2} headers`) },
      ]);
    },
    KAFKA_TIMEOUT,
  );

  it(
    'has committed transactions and no aborted ones, in one answer',
    async () => {
      const topic = await producer.topic('transactions');
      await start(topic);
      await freeze(topic);
      for (const [index, end] of (['commit', 'abort', 'commit', 'abort', 'abort', 'commit'] as const).entries()) {
        await producer.transaction(topic, end, { headers, value: `1${index}0` }, { headers, value: `1${index}1` });
        await producer.send(topic, { headers, value: `1${index}9` });
      }
      node.source.resume();
      await waitFor('the last', () => node.intake.bodies.includes('159'));

      expect(node.intake.bodies).toEqual([
        '"held"',
        '100',
        '101',
        '109',
        '119',
        '120',
        '121',
        '129',
        '139',
        '149',
        '150',
        '151',
        '159',
      ]);
      expect(node.intake.rejections).toEqual([]);
    },
    KAFKA_TIMEOUT,
  );

  it('loses what is damaged and nothing else', async () => {
    const topic = await producer.topic('damaged');
    await start(topic);
    await freeze(topic);
    for (const value of ['"one"', '"damaged"', '"three"']) await producer.send(topic, { headers, value });
    const bytes = readFileSync(kafka.logOf(topic));
    bytes[bytes.indexOf('damaged')] = 0x44;
    writeFileSync(kafka.logOf(topic), bytes);
    node.source.resume();
    await producer.send(topic, { headers, value: '"four"' });
    await waitFor('the last', () => node.intake.bodies.includes('"four"'));

    expect(node.intake.bodies).toEqual(['"held"', '"one"', '"three"', '"four"']);
    expect(node.source.stats.messagesSkipped).toBe(1);
    const entry = {
      partition: `${topic}/0`,
      offset: '2',
      reason: 'the checksum of the record batch is wrong',
      count: 1,
    };
    expect(log.of('source.messages.skipped')).toEqual([expect.stringContaining(JSON.stringify(entry).slice(1, -1))]);
  });

  it('is read in whatever compression it comes, in one answer', async () => {
    const topic = await producer.topic('compressed');
    await start(topic);
    await freeze(topic);
    for (const compression of ['none', 'gzip', 'snappy', 'lz4'] as const) {
      await producer.sendAs({ compression }, topic, {
        headers,
        value: JSON.stringify(`${compression} `.repeat(1_000)),
      });
    }
    node.source.resume();
    await arrived(node.intake, 5);

    expect(node.intake.bodies.map((body) => body.slice(1, 5))).toEqual(['held', 'none', 'gzip', 'snap', 'lz4 ']);
  });

  it('has nothing but the batch that this Node cannot decompress taken out of one answer', async () => {
    const topic = await producer.topic('zstd');
    await start(topic);
    await freeze(topic);
    await producer.send(topic, { headers, value: '"before"' });
    for (const [compression, value, codec] of [
      ['zstd', '"zstd"', 4],
      ['producer', '"after"', 0],
    ] as const) {
      await producer.configure(topic, 'compression.type', compression);
      await waitFor('the broker to know', async () => {
        await producer.send(topic, { headers, value });
        return (await batchesOf(topic)).at(-1)?.compression === codec;
      });
    }
    const compressed = (await batchesOf(topic)).filter(({ compression }) => compression === 4).length;
    node.source.resume();
    await producer.send(topic, { headers, value: '"last"' });
    await waitFor('the last', () => node.intake.bodies.includes('"last"'));

    expect(node.intake.bodies.slice(0, 2)).toEqual(['"held"', '"before"']);
    expect(node.intake.bodies).toContain('"after"');
    expect(node.source.stats.messagesSkipped).toBe('zstdDecompress' in zlib ? 0 : compressed);
  });

  it(
    'gives up a batch that decompresses to far more than any, and goes on behind it',
    async () => {
      const topic = await producer.topic('bomb');
      await start(topic);
      for (const compression of ['gzip', 'lz4'] as const) {
        const value = Buffer.alloc(65 * 1024 ** 2, '1');
        await producer.sendAs({ compression }, topic, { headers, value });
      }
      await producer.send(topic, { headers, value: '"after"' });
      await arrived(node.intake, 1);

      expect(node.intake.bodies).toEqual(['"after"']);
      expect(node.source.stats.messagesSkipped).toBe(2);
      expect(log.of('source.messages.skipped')[0]).toContain('"offset":"0"');
    },
    KAFKA_TIMEOUT,
  );

  it(
    'starves no partition when each has more than a request takes',
    async () => {
      const topic = await producer.topic('hungry', 8);
      await start(topic, { HERMES_KAFKA_FETCH_LIMIT: '64KiB' });
      const value = JSON.stringify('x'.repeat(600_000));
      for (let round = 0; round < 4; round++) {
        for (let partition = 0; partition < 8; partition++) await producer.send(topic, { headers, value, partition });
      }
      await arrived(node.intake, 32);

      expect(node.intake.events).toHaveLength(32);
      expect(node.source.stats.messagesSkipped).toBe(0);
    },
    KAFKA_TIMEOUT,
  );
});
