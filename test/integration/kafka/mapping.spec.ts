import { Logger } from '@nestjs/common';
import { randomBytes, randomUUID } from 'node:crypto';
import * as zlib from 'node:zlib';
import { consuming } from '../../support/describe-event-source.js';
import { describeWithKafka, waitFor } from '../../support/index.js';
import { KafkaNode } from './kafka-node.js';
import { Producer } from '../../support/kafka/producer.js';

Logger.overrideLogger(false);

const BROADCAST = { event_type: 'made', visibility: 'broadcast' };

describeWithKafka('messages of Kafka', (brokers) => {
  let node: KafkaNode;
  let producer: Producer;
  let topic: string;

  beforeEach(async () => {
    producer = await Producer.connect(brokers());
    topic = await producer.topic('mapped');
  });

  afterEach(async () => {
    await node.close();
    await producer.close();
  });

  async function start(mapping = ''): Promise<void> {
    node = new KafkaNode(brokers(), `${topic}${mapping}`);
    node.source.start();
    await consuming(node.source);
  }

  /** Everything that was sent before has been dealt with once the marker has come through the same partition. */
  async function dealtWith(marker: string): Promise<void> {
    await producer.send(topic, { headers: { ...BROADCAST, event_type: 'marker' }, value: marker });
    await waitFor('the marker', () => node.intake.bodies.includes(marker));
  }

  it('become events by their headers', async () => {
    await start();
    const headers = { event_type: 'made', visibility: 'direct', uuid: 'ü1', cache_ttl: '60', cache_key: 'k' };
    await producer.send(topic, { headers, value: '{"a": 1}' });
    await producer.send(topic, { headers: { ...BROADCAST, channel: 'sports', role: 'admin' }, value: '2' });
    await dealtWith('0');

    expect(node.intake.events).toMatchObject([
      { channel: topic, name: 'made', audience: { userId: 'ü1' }, retention: 60, cacheKey: 'k' },
      { channel: 'sports', audience: { kind: 'broadcast', role: 'admin' } },
      { name: 'marker' },
    ]);
  });

  it('are the event of their topic under channel=', async () => {
    await start(':channel=stock:AAPL/tick');
    await producer.send(topic, { value: '{"price": 1.5}' });
    await dealtWith('0');

    expect(node.intake.events[0]).toMatchObject({
      channel: 'stock:AAPL',
      name: 'tick',
      audience: { kind: 'broadcast', role: undefined },
    });
    expect(node.intake.bodies[0]).toBe('{"price": 1.5}');
  });

  it('are those of wss under wss', async () => {
    await start(':wss=wss');
    const message = '{"type":"update_subscription","document":{"subscriptions":["a"],"data":[1, 2]}}';
    await producer.send(topic, { value: 'rubbish' }, { value: '{"document":{}}' }, { value: message });
    await waitFor('the event', () => node.intake.events.length > 0);

    expect(node.intake.events).toMatchObject([{ channel: 'wss', name: 'update_subscription' }]);
    expect(node.intake.bodies).toEqual([message]);
    expect(node.intake.rejections.map(({ reason }) => reason)).toEqual(['not_json', 'missing_event_type']);
  });

  it('are rejected once, with their place in the log, and never come again', async () => {
    await start();
    await producer.send(topic, { headers: BROADCAST, value: null }, { value: '1' }, { headers: BROADCAST, value: '{' });
    await dealtWith('0');
    node.cut();
    await waitFor('the connection to be lost', () => node.source.stats.disconnects > 0);
    await consuming(node.source);
    await dealtWith('1');

    expect(node.intake.rejections.map(({ reason }) => reason)).toEqual(['no_value', 'missing_event_type', 'not_json']);
    expect(node.intake.rejections[0]?.detail).toBe(
      `topic ${topic}, partition 0, offset 0: the message has no value: a tombstone`,
    );
  });

  it('come when they are compressed, and keep their bytes', async () => {
    await start();
    const value = JSON.stringify('é'.repeat(100_000));
    await producer.sendAs({ compression: 'gzip' }, topic, { headers: BROADCAST, value });
    await dealtWith('0');

    expect(node.intake.bodies[0]).toBe(value);
  });

  it.each(['snappy', 'lz4'])('come when the broker compresses them with %s', async (compression) => {
    topic = `compressed-${randomUUID()}`;
    await producer.createTopic(topic, 1, { 'compression.type': compression });
    await start();
    const values = [
      JSON.stringify('abc'.repeat(100_000)),
      JSON.stringify(randomBytes(100_000).toString('hex')),
      JSON.stringify({ short: true }),
    ];
    await producer.send(topic, ...values.map((value) => ({ headers: BROADCAST, value })));
    await dealtWith('0');

    expect(node.intake.bodies).toEqual([...values, '0']);
  });

  it('come, or are skipped and counted, when they are compressed with zstd', async () => {
    topic = `compressed-${randomUUID()}`;
    const other = await producer.topic('other');
    await producer.createTopic(topic, 1, { 'compression.type': 'zstd' });
    await start(`,${other}`);
    await producer.send(topic, { headers: BROADCAST, value: '"zstd"' });
    await waitFor('it to be dealt with', () => node.intake.events.length + node.source.stats.messagesSkipped === 1);
    await producer.send(other, { headers: BROADCAST, value: '"plain"' });
    await waitFor('the other topic to go on', () => node.intake.bodies.includes('"plain"'));

    expect(node.source.state).toEqual({ kind: 'consuming' });
    expect(node.source.stats.messagesSkipped).toBe('zstdDecompressSync' in zlib ? 0 : 1);
  });

  it('come when one is larger than a request takes', async () => {
    await start();
    const value = JSON.stringify('x'.repeat(1_000_000));
    await producer.send(topic, { headers: BROADCAST, value });
    await dealtWith('0');

    expect(node.intake.bodies[0]).toHaveLength(value.length);
  });
});
