import { describeWithRabbit } from '../support/index.js';
import { payloadOf, type Client } from '../support/hermes/client.js';
import { Product, PRODUCT_TIMEOUT } from '../support/hermes/product.js';
import { Producer } from '../support/rabbitmq/producer.js';

const KEY = 'the-key-of-this-cluster';

const ENVIRONMENT = {
  HERMES_API_KEY: KEY,
  HERMES_DRAIN: '500ms',
  HERMES_RABBITMQ_EXCHANGES: 'news,orders:topic:order.*.eu,alerts:direct:red',
  HERMES_AUTH_PROVIDERS: JSON.stringify({
    user: { type: 'static', tokens: { alice: { userId: 'alice' }, bob: { userId: 'bob' } } },
  }),
};

async function upToTheEnd(client: Client): Promise<unknown[]> {
  const payloads: unknown[] = [];
  for (;;) {
    const message = await client.next();
    if (message['channel'] === 'the end') return payloads;
    payloads.push(payloadOf(message));
  }
}

describeWithRabbit('two Hermes nodes on one RabbitMQ', (rabbit) => {
  let nodes: readonly [Product, Product];
  let clients: readonly [Client, Client];
  let producer: Producer;

  beforeAll(async () => {
    const environment = { ...ENVIRONMENT, HERMES_RABBITMQ_URI: rabbit().uri };
    nodes = await Promise.all([Product.start(environment), Product.start(environment)]);
    await Promise.all(nodes.map((node) => node.ready()));
    producer = await Producer.connect(rabbit().uri);
  }, PRODUCT_TIMEOUT);

  afterAll(async () => {
    await producer.close();
    await Promise.all(nodes.map((node) => node.kill()));
  });

  beforeEach(async () => {
    clients = await Promise.all([nodes[0].client(), nodes[1].client()]);
  });

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
  });

  /** What each client got, up to an event that goes to everybody behind all that was published before. */
  async function seenBy(everyone: readonly Client[]): Promise<unknown[][]> {
    for (const client of everyone) await client.subscribe('the end');
    producer.send('news', { event_type: 'end', visibility: 'broadcast', channel: 'the end' }, '"the end"');
    return Promise.all(everyone.map((client) => upToTheEnd(client)));
  }

  it('bring an event that was published once to the clients of both, once each, in order', async () => {
    for (const client of clients) await client.subscribe('news');
    const numbers = Array.from({ length: 1_000 }, (_, index) => index);
    for (const number of numbers) {
      producer.send('news', { event_type: 'flash', visibility: 'broadcast' }, String(number));
    }

    expect(await seenBy(clients)).toEqual([numbers, numbers]);
  });

  it('bring an event that was posted to one of them to the clients of both, once each, in order', async () => {
    for (const client of clients) await client.subscribe('posted');
    for (const [index, node] of [...nodes, ...nodes].entries()) {
      await node.publish(KEY, { channel: 'posted', data: index }, { channel: 'posted', data: index + 0.5 });
    }

    const all = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5];
    expect(await seenBy(clients)).toEqual([all, all]);
  });

  it('bring a direct event to every session of its user on both, and to nobody else', async () => {
    const [first, second] = nodes;
    const alices = [...clients, await first.client(), await second.client()];
    const others = [await first.client(), await second.client()];
    const everyone = [...alices, ...others];
    for (const client of everyone) await client.subscribe('***');
    for (const client of alices) expect(await client.authorize('alice')).toBe(200);
    expect(await others[1]?.authorize('bob')).toBe(200);

    producer.send('news', { event_type: 'mail', visibility: 'direct', uuid: 'alice' }, '"by the broker"');
    await producer.confirmed();
    await first.publish(KEY, { userId: 'alice', data: 'by one node' });
    await second.publish(KEY, { userId: 'alice', data: 'by the other' });

    const [one, two, three, four, ...rest] = await seenBy(everyone);
    const hers = ['by the broker', 'by one node', 'by the other'];
    for (const seen of [one, two, three, four]) expect(seen).toEqual(hers);
    expect(rest).toEqual([[], []]);
  });

  it('listen to exchanges of several types, each with its routing key', async () => {
    for (const client of clients) await client.subscribe('***');
    const headers = { event_type: 'e', visibility: 'broadcast' };
    for (const [exchange, key] of [
      ['news', 'whatever'],
      ['orders', 'order.created.eu'],
      ['orders', 'order.created.us'],
      ['alerts', 'red'],
      ['alerts', 'green'],
    ] as const) {
      producer.send(exchange, headers, JSON.stringify(`${exchange}/${key}`), key);
    }

    const seen = ['news/whatever', 'orders/order.created.eu', 'alerts/red'];
    expect(await seenBy(clients)).toEqual([seen, seen]);
  });

  it('leave each other undisturbed when one of them stops', async () => {
    const leaving = await Product.start({ ...ENVIRONMENT, HERMES_RABBITMQ_URI: rabbit().uri });
    await leaving.ready();
    const [stays] = clients;
    const goes = await leaving.client();
    for (const client of [stays, goes]) {
      expect(await client.authorize('alice')).toBe(200);
      await client.subscribe('news');
    }
    const headers = { event_type: 'flash', visibility: 'direct', uuid: 'alice' };
    let sent = 0;
    const send = async (): Promise<void> => {
      for (let count = 0; count < 20; count++) producer.send('news', headers, String(sent++));
      await producer.confirmed();
    };
    await send();
    expect(await goes.next()).toMatchObject({ data: { flash: 0 } });

    leaving.signal('SIGTERM');
    while (leaving.running) await send();
    await send();

    expect(await goes.closed).toBe(1001);
    expect(await leaving.ended).toEqual({ code: 0, signal: null });
    expect(await seenBy([stays])).toEqual([Array.from({ length: sent }, (_, index) => index)]);
    expect((await nodes[0].readiness()).status).toBe(200);
  });
});
