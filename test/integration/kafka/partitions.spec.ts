import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { aBroadcast, arrived, consuming, numbered } from '../../support/describe-event-source.js';
import { describeWithKafka, waitFor } from '../../support/index.js';
import { KafkaNode } from './kafka-node.js';
import { Producer } from '../../support/kafka/producer.js';

Logger.overrideLogger(false);

const { headers } = aBroadcast('');

describeWithKafka('partitions of Kafka', (brokers) => {
  const nodes: KafkaNode[] = [];
  let producer: Producer;

  beforeEach(async () => {
    producer = await Producer.connect(brokers());
  });

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.close()));
    await producer.close();
  });

  function aNode(topics: string): KafkaNode {
    const node = new KafkaNode(brokers(), topics);
    nodes.push(node);
    node.source.start();
    return node;
  }

  function send(topic: string, partition: number, ...values: readonly string[]): Promise<void> {
    return producer.send(topic, ...values.map((value) => ({ headers, partition, value })));
  }

  it('are all read, each in its order', async () => {
    const topic = await producer.topic('many', 6);
    const node = aNode(topic);
    await consuming(node.source);
    const bodies = numbered(0, 300).map(({ body }) => body);
    for (let partition = 0; partition < 6; partition++) {
      await send(topic, partition, ...bodies.map((body) => `[${partition},${body}]`));
    }
    await arrived(node.intake, 1_800);

    for (let partition = 0; partition < 6; partition++) {
      const own = node.intake.bodies.filter((body) => body.startsWith(`[${partition},`));
      expect(own).toEqual(bodies.map((body) => `[${partition},${body}]`));
    }
  });

  it('bring to each of two nodes everything once, and leave no group behind', async () => {
    const topic = await producer.topic('shared', 3);
    const [one, two] = [aNode(topic), aNode(topic)];
    await Promise.all([consuming(one.source), consuming(two.source)]);
    for (let partition = 0; partition < 3; partition++) {
      await send(topic, partition, ...Array.from({ length: 500 }, (_, index) => String(partition * 500 + index)));
    }
    await Promise.all([arrived(one.intake, 1_500), arrived(two.intake, 1_500)]);
    await send(topic, 0, '"last"');
    await Promise.all([arrived(one.intake, 1_501), arrived(two.intake, 1_501)]);

    for (const { intake } of [one, two]) {
      expect(new Set(intake.bodies).size).toBe(1_501);
      expect(intake.events).toHaveLength(1_501);
    }
    expect(await producer.groups()).toEqual([]);
  });

  it('are read from now on, not from their beginning', async () => {
    const topic = await producer.topic('old');
    await send(topic, 0, '"before"');
    const node = aNode(topic);
    await consuming(node.source);
    await send(topic, 0, '"after"');
    await arrived(node.intake, 1);

    expect(node.intake.bodies).toEqual(['"after"']);
  });

  it('that are added while it runs are read from their beginning', async () => {
    const topic = await producer.topic('growing');
    const node = aNode(topic);
    await consuming(node.source);
    await producer.grow(topic, 3);
    await send(topic, 2, '"early"');
    await send(topic, 0, '"old"');
    await arrived(node.intake, 2);
    await send(topic, 1, '"late"');
    await arrived(node.intake, 3);

    expect(node.intake.bodies.toSorted()).toEqual(['"early"', '"late"', '"old"']);
  });

  it('of a topic that is made later are waited for, and it is not made by asking', async () => {
    const there = await producer.topic('there');
    const missing = `missing-${randomUUID()}`;
    const node = aNode(`${there},${missing}`);
    await waitFor('the reason', () => node.reason === `topic ${missing}: does not exist`);
    await send(there, 0, '"meanwhile"');
    await arrived(node.intake, 1);
    expect(await producer.topics()).not.toContain(missing);

    await producer.createTopic(missing, 2);
    await send(missing, 1, '"first"');
    await arrived(node.intake, 2);
    await consuming(node.source);

    expect(node.intake.bodies).toEqual(['"meanwhile"', '"first"']);
    expect(node.source.stats).toMatchObject({ topicRefusals: 1, disconnects: 0 });
  });

  it('of a topic that was deleted and made anew are read again', async () => {
    const topic = await producer.topic('again');
    const other = await producer.topic('other');
    const node = aNode(`${topic},${other}`);
    await consuming(node.source);
    await send(topic, 0, '1', '2');
    await arrived(node.intake, 2);
    await producer.deleteTopic(topic);
    await waitFor('the source to notice', () => node.source.state.kind === 'waiting');
    // A producer that knows a topic which is gone can send to no other.
    const another = await Producer.connect(brokers());
    await another.send(other, { headers, value: '3' });
    await another.close();
    await arrived(node.intake, 3);
    await waitFor('the topic to be made anew', async () => {
      await producer.createTopic(topic);
      return true;
    });
    await waitFor('the producer to find it', async () => {
      await send(topic, 0, '4');
      return true;
    });
    await arrived(node.intake, 4);
    await consuming(node.source);

    expect(node.intake.bodies).toEqual(['1', '2', '3', '4']);
  });

  it('go on after a part of the log that was taken away', async () => {
    const topic = await producer.topic('forgotten');
    const node = aNode(topic);
    await consuming(node.source);
    node.source.pause();
    // What the request under way brings is held; the second lot is still at the broker when it is taken away.
    await send(topic, 0, '"held"');
    await waitFor('the first to be held', () => node.source.held === 1);
    await send(topic, 0, '"lost"', '"lost"');
    // The admin that made the topic believes to know it, and does not.
    const operator = await Producer.connect(brokers());
    await operator.forget(topic, 3n);
    await operator.close();
    await send(topic, 0, '"after"');
    node.source.resume();
    await arrived(node.intake, 2);

    expect(node.intake.bodies).toEqual(['"held"', '"after"']);
    expect(node.source.stats.offsetResets).toBe(1);
  });
});
