import { describeWithNats } from '../../support/index.js';
import { payloadOf, type Client } from '../../support/hermes/client.js';
import { Product, PRODUCT_TIMEOUT } from '../../support/hermes/product.js';
import { NatsProducer } from '../../support/nats/producer.js';

const KEY = 'the-key-of-this-cluster';

async function upToTheEnd(client: Client): Promise<unknown[]> {
  const payloads: unknown[] = [];
  for (;;) {
    const message = await client.next();
    if (message['channel'] === 'the end') return payloads;
    payloads.push(payloadOf(message));
  }
}

describeWithNats('two Hermes nodes with NATS alone', (url) => {
  let nodes: readonly [Product, Product];
  let clients: readonly [Client, Client];
  let producer: NatsProducer;

  beforeAll(async () => {
    const environment = {
      HERMES_API_KEY: KEY,
      HERMES_DRAIN: '0',
      HERMES_NATS_URL: url(),
      HERMES_NATS_SUBJECTS: 'cluster.news',
    };
    nodes = await Promise.all([Product.start(environment), Product.start(environment)]);
    await Promise.all(nodes.map((node) => node.ready()));
    clients = await Promise.all([nodes[0].client(), nodes[1].client()]);
    for (const client of clients)
      for (const channel of ['posted', 'cluster.news', 'the end']) await client.subscribe(channel);
    producer = await NatsProducer.connect(url());
  }, PRODUCT_TIMEOUT);

  afterAll(async () => {
    await producer.close();
    await Promise.all(nodes.map((node) => node.kill()));
  });

  it('bring an event that was posted to one of them to the clients of both, once each, in order', async () => {
    for (const [index, node] of [...nodes, ...nodes].entries()) {
      await node.publish(KEY, { channel: 'posted', data: index }, { channel: 'posted', data: index + 0.5 });
    }
    await nodes[0].publish(KEY, { channel: 'the end' });

    const all = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5];
    expect(await Promise.all(clients.map(upToTheEnd))).toEqual([all, all]);
  });

  it('bring an event from a subject to the clients of both', async () => {
    for (const body of ['1', '2'])
      producer.send('cluster.news', { event_type: 'flash', visibility: 'broadcast' }, body);
    producer.send('cluster.news', { event_type: 'end', visibility: 'broadcast', channel: 'the end' }, '0');

    expect(await Promise.all(clients.map(upToTheEnd))).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('stop in good order', async () => {
    const [leaving] = nodes;
    leaving.signal('SIGTERM');

    expect(await leaving.ended).toEqual({ code: 0, signal: null });
  });
});
