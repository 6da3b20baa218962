import { Logger } from '@nestjs/common';
import { describeEventSource } from '../../support/describe-event-source.js';
import { describeWithRabbit, waitFor } from '../../support/index.js';
import { Producer } from '../../support/rabbitmq/producer.js';
import { RabbitNode } from './rabbit-node.js';

Logger.overrideLogger(false);

interface Queue {
  readonly messages_unacknowledged?: number;
}

const PREFETCH = 500;

describeWithRabbit('RabbitMQ', (rabbit) => {
  describeEventSource('RabbitMQ', async (intake) => {
    const node = new RabbitNode(rabbit().uri, { HERMES_RABBITMQ_EXCHANGES: 'news' }, intake);
    const producer = await Producer.connect(rabbit().uri);
    return {
      source: node.source,
      channel: 'news',
      moreThanHeld: 1_500,
      publish: async (messages) => {
        for (const { headers, body } of messages) producer.send('news', headers, body);
        await producer.confirmed();
      },
      held: async (count) => {
        await waitFor('the broker to count what the source holds', async () => {
          const [queue] = (await rabbit().management.call('GET', `/api/queues/${rabbit().vhost}`)) as readonly Queue[];
          return (queue?.messages_unacknowledged ?? 0) >= Math.min(count, PREFETCH);
        });
      },
      cut: () => node.cut(rabbit().management),
      close: async () => {
        await node.close();
        await producer.close();
      },
    };
  });
});
