import { Logger } from '@nestjs/common';
import { describeEventSource } from '../../support/describe-event-source.js';
import { describeWithKafka, waitFor } from '../../support/index.js';
import { KafkaNode } from './kafka-node.js';
import { Producer } from '../../support/kafka/producer.js';

Logger.overrideLogger(false);

describeWithKafka('Kafka', (brokers) => {
  describeEventSource('Kafka', async (intake) => {
    const producer = await Producer.connect(brokers());
    const topic = await producer.topic('news');
    const node = new KafkaNode(brokers(), topic, {}, intake);
    return {
      source: node.source,
      channel: topic,
      moreThanHeld: 1_500,
      publish: (messages) => producer.send(topic, ...messages.map(({ headers, body: value }) => ({ headers, value }))),
      // It takes what the request under way brings, and asks for no more.
      held: async () => {
        await waitFor('the source to have messages in hand', () => node.source.held > 0);
      },
      cut: async () => node.cut(),
      close: async () => {
        await node.close();
        await producer.close();
      },
    };
  });
});
