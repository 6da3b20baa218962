import { describeWithRabbit, waitFor } from '../../support/index.js';
import { Node } from '../../support/hermes/node.js';
import { Producer } from '../../support/rabbitmq/producer.js';
import { TopicsClient } from '../../support/topics/client.js';

describeWithRabbit('clients that may publish to topics', (rabbit) => {
  let node: Node;
  let producer: Producer;
  let client: TopicsClient;

  beforeAll(async () => {
    node = await Node.start({
      HERMES_RABBITMQ_URI: rabbit().uri,
      HERMES_RABBITMQ_EXCHANGES: 'prices',
      HERMES_TOPICS_PUBLISH: 'anybody',
    });
    await waitFor('the node to be ready', async () => (await fetch(`${node.url}/health/ready`)).ok);
    producer = await Producer.connect(rabbit().uri);
    client = await TopicsClient.connect(node.url);
  });

  afterAll(async () => {
    await producer.close();
    await node.stop();
  });

  /** The client is subscribed: it is sent its own data, or told why not. */
  const publish = (topic: string): Promise<unknown> => client.ask({ topic, data: 1 });
  const refused = (topic: string): object => ({ type: 'error', message: `Not allowed to publish to ${topic}` });

  it('do not speak on the channel of an exchange, though nobody has spoken there yet', async () => {
    expect(await publish('prices')).toEqual(refused('prices'));
  });

  it('speak on a channel until a producer does', async () => {
    await client.subscribe('orders');
    await client.subscribe('games');
    expect(await publish('orders')).toBe(1);
    producer.send('prices', { channel: 'orders', event_type: 'made', visibility: 'broadcast' }, '7');
    expect(await client.next()).toBe(7);

    expect(await publish('orders')).toEqual(refused('orders'));
    expect(await publish('games')).toBe(1);
  });

  it('do not shut themselves out: what they publish comes by the bus', async () => {
    await client.subscribe('room:1');

    expect(await publish('room:1')).toBe(1);
    expect(await publish('room:1')).toBe(1);
  });

  it('do not speak where nodes do', async () => {
    expect(await publish('hermes.events')).toEqual(refused('hermes.events'));
  });
});
