import { Logger } from '@nestjs/common';
import { arrived, consuming } from '../../support/describe-event-source.js';
import { describeWithRabbit, waitFor } from '../../support/index.js';
import { Producer } from '../../support/rabbitmq/producer.js';
import { RabbitNode } from './rabbit-node.js';

Logger.overrideLogger(false);

const BROADCAST = { event_type: 'made', visibility: 'broadcast' };

describeWithRabbit('exchanges of RabbitMQ', (rabbit) => {
  let node: RabbitNode;
  let producer: Producer;

  beforeEach(async () => {
    producer = await Producer.connect(rabbit().uri);
  });

  afterEach(async () => {
    await node.close();
    for (const exchange of ['good', 'odd', 'absent', 'hermes.events']) {
      await producer.apart((channel) => channel.deleteExchange(exchange));
    }
    await producer.close();
  });

  function start(settings: Readonly<Record<string, string>>): void {
    node = new RabbitNode(rabbit().uri, settings);
    node.source.start();
  }

  it('are declared durable, with their types', async () => {
    start({ HERMES_RABBITMQ_EXCHANGES: 'good:topic:a.#' });
    await consuming(node.source);

    const exchanges = await rabbit().management.call('GET', `/api/exchanges/${rabbit().vhost}`);
    expect(exchanges).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'good', type: 'topic', durable: true }),
        expect.objectContaining({ name: 'hermes.events', type: 'fanout', durable: true }),
      ]),
    );
  });

  it('are not made when declaring is off, and found when they appear', async () => {
    await producer.apart((channel) => channel.assertExchange('good', 'fanout'));
    start({ HERMES_RABBITMQ_DECLARE: 'false', HERMES_RABBITMQ_EXCHANGES: 'good,absent' });
    await waitFor('the refusal', () => node.reason?.includes('exchange absent'));
    producer.send('good', BROADCAST, '"meanwhile"');
    await arrived(node.intake, 1);
    await producer.apart((channel) => channel.assertExchange('absent', 'topic'));
    await producer.apart((channel) => channel.assertExchange('hermes.events', 'fanout'));
    await consuming(node.source);
    producer.send('absent', BROADCAST, '"after"', 'any.key');
    await arrived(node.intake, 2);

    expect(node.intake.bodies).toEqual(['"meanwhile"', '"after"']);
  });

  it('of another type are refused one by one, and taken when the conflict is gone', async () => {
    await producer.apart((channel) => channel.assertExchange('odd', 'direct'));
    start({ HERMES_RABBITMQ_EXCHANGES: 'odd,good' });
    await waitFor('the refusal', () => node.reason?.includes('exchange odd'));
    expect(node.reason).toContain("inequivalent arg 'type'");
    producer.send('good', BROADCAST, '"meanwhile"');
    await arrived(node.intake, 1);
    expect(node.source.stats).toMatchObject({ exchangeRefusals: 1, disconnects: 0 });
    await producer.apart((channel) => channel.deleteExchange('odd'));
    await consuming(node.source);
    producer.send('odd', BROADCAST, '"after"');
    await arrived(node.intake, 2);

    expect(node.intake.bodies).toEqual(['"meanwhile"', '"after"']);
  });

  it('of a type the broker does not know do not cost the connection', async () => {
    start({ HERMES_RABBITMQ_EXCHANGES: 'odd:x-nonsense,good' });
    await waitFor('the refusal', () => node.reason?.includes('exchange odd'));
    producer.send('good', BROADCAST, '1');
    await arrived(node.intake, 1);

    expect(node.reason).toContain('x-nonsense');
    expect(node.source.stats).toMatchObject({ exchangeRefusals: 1, connects: 1, disconnects: 0 });
  });

  it('that were deleted and made anew are listened to again', async () => {
    start({ HERMES_RABBITMQ_EXCHANGES: 'good' });
    await consuming(node.source);
    await producer.apart((channel) => channel.deleteExchange('good'));
    await producer.apart((channel) => channel.assertExchange('good', 'fanout'));
    await waitFor('an event to come through', async () => {
      producer.send('good', BROADCAST, '1');
      await producer.confirmed();
      return node.intake.events.length > 0;
    });

    expect(node.source.stats.consumerLosses).toBe(0);
  });
});
