import { Producer } from '../../support/rabbitmq/producer.js';
import { payloadOf, type Client } from '../../support/hermes/client.js';
import { built, Product, PRODUCT_TIMEOUT } from '../../support/hermes/product.js';
import { describeWithRabbit, waitFor } from '../../support/index.js';

const EVENTS = 1_000;
const PADDING = 'x'.repeat(20_000);
const NUMBERS = Array.from({ length: EVENTS }, (_, index) => index);

const ENVIRONMENT = {
  HERMES_API_KEY: 'the-key-of-the-slow-readers',
  HERMES_RABBITMQ_EXCHANGES: 'news',
  HERMES_RABBITMQ_PREFETCH: '50',
  HERMES_PENDING_LIMIT: '1MiB',
  HERMES_OUTBOX_LIMIT: '1GiB',
};

describeWithRabbit('clients that do not read, on a node that may hold little for them', (rabbit) => {
  let hermes: Product;
  let producer: Producer;
  let quick: readonly Client[];
  let slow: readonly Client[];

  beforeAll(() => built(), PRODUCT_TIMEOUT);

  async function start(environment: Record<string, string>): Promise<void> {
    hermes = await Product.start({ ...ENVIRONMENT, HERMES_RABBITMQ_URI: rabbit().uri, ...environment });
    await hermes.ready();
    producer = await Producer.connect(rabbit().uri);
    quick = await Promise.all(Array.from({ length: 5 }, () => hermes.client()));
    slow = await Promise.all(Array.from({ length: 3 }, () => hermes.client()));
    for (const client of [...quick, ...slow]) await client.subscribe('news');
    for (const client of slow) client.socket.pause();
  }

  afterEach(async () => {
    await producer.close();
    await hermes.kill();
  });

  async function publishAll(): Promise<void> {
    for (const number of NUMBERS) {
      producer.send('news', { event_type: 'e', visibility: 'broadcast' }, JSON.stringify({ number, PADDING }));
    }
    await producer.confirmed();
  }

  function numbersOf(client: Client): number[] {
    return client.received.map((message) => (payloadOf(message) as { number: number }).number);
  }

  function hasAll(client: Client): Promise<boolean> {
    return waitFor('a client to have every event', () => client.received.length >= EVENTS, { timeout: 90_000 });
  }

  it('hold the source back, which goes on when they read again: everybody gets everything, in order', async () => {
    await start({ HERMES_STALL_TIMEOUT: '1h' });
    await publishAll();
    await hermes.logged('sources.paused');
    const blocked = (): Promise<number | undefined> => hermes.metric('hermes_blocked_sessions');
    await waitFor('none but the slow to be behind', async () => (await blocked()) === slow.length);
    expect(quick[0]?.received.length).toBeLessThan(EVENTS);
    expect((await hermes.readiness()).status).toBe(200);

    for (const client of slow) client.socket.resume();
    for (const client of [...quick, ...slow]) await hasAll(client);

    for (const client of [...quick, ...slow]) expect(numbersOf(client)).toEqual(NUMBERS);
    await hermes.logged('sources.resumed');
    expect(await hermes.metric('hermes_sessions_closed_total{code="4008"}')).toBeUndefined();
    await waitFor('nothing to be pending', async () => (await hermes.metric('hermes_pending_bytes')) === 0);
  }, 180_000);

  it('are closed with 4008 when they go on like that, and the quick ones have lost nothing', async () => {
    await start({ HERMES_STALL_TIMEOUT: '3s' });
    await publishAll();
    for (const client of quick) await hasAll(client);

    for (const client of quick) expect(numbersOf(client)).toEqual(NUMBERS);
    // The last of them need not have been in the way of the quick.
    const closed = (): Promise<number | undefined> => hermes.metric('hermes_sessions_closed_total{code="4008"}');
    await waitFor('the slow to be closed', async () => (await closed()) === slow.length);
    for (const event of ['sources.paused', 'session.closed', 'sources.resumed']) await hermes.logged(event);
    expect(await closed()).toBe(slow.length);
    await waitFor('nothing to be pending', async () => (await hermes.metric('hermes_pending_bytes')) === 0);
  }, 180_000);
});
