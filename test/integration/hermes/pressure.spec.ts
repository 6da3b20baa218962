import { Producer } from '../../support/rabbitmq/producer.js';
import { payloadOf, type Client } from '../../support/hermes/client.js';
import { Product } from '../../support/hermes/product.js';
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
    return waitFor('a client to have every event', () => client.received.length >= EVENTS, { timeout: 30_000 });
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
    expect(hermes.log.some(({ event }) => event === 'sources.resumed')).toBe(true);
    expect(await hermes.metric('hermes_sessions_closed_total{code="4008"}')).toBeUndefined();
    await waitFor('nothing to be pending', async () => (await hermes.metric('hermes_pending_bytes')) === 0);
  }, 60_000);

  it('are closed with 4008 when they go on like that, and the quick ones have lost nothing', async () => {
    await start({ HERMES_STALL_TIMEOUT: '500ms' });
    await publishAll();
    for (const client of quick) await hasAll(client);

    for (const client of quick) expect(numbersOf(client)).toEqual(NUMBERS);
    expect(await hermes.metric('hermes_sessions_closed_total{code="4008"}')).toBe(slow.length);
    const names = hermes.log.map(({ event }) => event);
    expect(names).toEqual(expect.arrayContaining(['sources.paused', 'session.closed', 'sources.resumed']));
    await waitFor('nothing to be pending', async () => (await hermes.metric('hermes_pending_bytes')) === 0);
  }, 60_000);
});
