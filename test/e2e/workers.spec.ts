import { createServer, type AddressInfo } from 'node:net';
import { describeWithNats, waitFor } from '../support/index.js';
import type { Client, Message } from '../support/hermes/client.js';
import { Product, PRODUCT_TIMEOUT } from '../support/hermes/product.js';
import { freezeOneThatBoots, workersOf } from '../support/hermes/workers.js';

const KEY = 'key-of-the-workers';
const SESSIONS = 'hermes_sessions{gateway="hermes",state="anonymous"}';

async function subscribed(product: Product, count: number): Promise<Client[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => product.client()));
  for (const client of clients) await client.subscribe('prices');
  return clients;
}

function payloads(messages: readonly Message[]): unknown[] {
  return messages.map(({ data }) => (data as Message)['tick']);
}

describe('several workers on one port', () => {
  let product: Product;

  beforeEach(async () => {
    product = await Product.start({ HERMES_WORKERS: '2', HERMES_API_KEY: KEY, HERMES_DRAIN: '200ms' });
    await waitFor('both workers to listen', () => {
      return product.log.filter(({ event }) => event === 'server.listening').length === 2;
    });
  }, PRODUCT_TIMEOUT);

  afterEach(() => product.kill());

  it('bring what one of them takes in to the clients of both, once each and in order', async () => {
    const clients = await subscribed(product, 10);
    for (let data = 0; data < 20; data++) await product.publish(KEY, { data });

    for (const client of clients) {
      expect(payloads(await client.take(20))).toEqual(Array.from({ length: 20 }, (_, index) => index));
      expect(await client.soFar()).toEqual([]);
    }
  });

  it('answer for each other at /metrics', async () => {
    await subscribed(product, 10);
    await product.publish(KEY, {});

    // The one that took the event in has answered before the other has got it.
    await waitFor('both to have delivered', async () => (await product.metric('hermes_deliveries_total')) === 10);
    expect(await product.metric(SESSIONS)).toBe(10);
    expect(await product.metric('hermes_events_total{source="workers",fate="accepted"}')).toBe(2);
  });

  it('are replaced when one crashes, and the others go on', async () => {
    const clients = await subscribed(product, 10);
    const [victim = 0] = workersOf(product);
    process.kill(victim, 'SIGKILL');
    await product.logged('worker.exited');
    await waitFor('another worker in its place', () => workersOf(product).filter((pid) => pid !== victim).length === 2);

    const open = (): Client[] => clients.filter(({ socket }) => socket.readyState === socket.OPEN);
    await waitFor('the sessions of the victim to end', async () => (await product.metric(SESSIONS)) === open().length);
    const survivors = open();
    expect(survivors.length).toBeGreaterThan(0);
    expect(survivors.length).toBeLessThan(10);
    await product.publish(KEY, { data: 'still here' });
    for (const client of survivors) expect(payloads([await client.next()])).toEqual(['still here']);
  });

  it('stop together, in good order', async () => {
    const clients = await subscribed(product, 10);
    product.signal('SIGTERM');

    expect(await Promise.all(clients.map(({ closed }) => closed))).toEqual(Array(10).fill(1001));
    expect(await product.ended).toMatchObject({ code: 0 });
  });

  it('stop in good order when each of their processes is signalled, as systemd does', async () => {
    const clients = await subscribed(product, 10);
    for (const pid of [...workersOf(product), product.pid]) process.kill(pid, 'SIGTERM');

    expect(await Promise.all(clients.map(({ closed }) => closed))).toEqual(Array(10).fill(1001));
    expect(await product.ended).toMatchObject({ code: 0 });
  });
});

/** From whichever worker answers: the ports of those that are frozen take connections too. */
function anyAnswer(url: string): Promise<Response> {
  return Promise.any([1, 2, 3].map(() => fetch(`${url}/metrics`, { headers: { connection: 'close' } })));
}

describe('one of two workers', () => {
  let product: Product;

  afterEach(() => product.kill());

  it(
    'is not asked for its metrics before it has started, and without its answer there are none',
    async () => {
      product = await Product.launch({ HERMES_WORKERS: '2' });
      const late = await freezeOneThatBoots(product);
      const url = String((await product.logged('server.listening'))['url']);
      const alone = await fetch(`${url}/metrics`);
      expect(alone.status).toBe(200);
      expect(await alone.text()).toContain(SESSIONS);

      process.kill(late, 'SIGCONT');
      await waitFor('both workers to listen', () => {
        return product.log.filter(({ event }) => event === 'server.listening').length === 2;
      });
      await waitFor('both workers to be asked', async () => {
        return /^hermes_rooms 0$/m.test(await (await fetch(`${url}/metrics`)).text());
      });
      process.kill(late, 'SIGSTOP');
      const answer = await anyAnswer(url);
      // It would outlive the process that owns it.
      process.kill(late, 'SIGCONT');
      expect(answer.status).toBe(503);
      expect(await answer.text()).toContain('does not answer');
    },
    PRODUCT_TIMEOUT,
  );
});

describeWithNats('several workers with a source', (nats) => {
  it(
    'say once that it is connected, when it is on all of them',
    async () => {
      const product = await Product.start({ HERMES_WORKERS: '2', HERMES_DRAIN: '0', HERMES_NATS_URL: nats() });
      await waitFor('both to be connected', () => {
        return product.log.filter(({ event }) => event === 'source.connected').length === 2;
      });
      await waitFor(
        'them to say so',
        async () => (await product.metric('hermes_source_connected{source="nats"}')) !== 0,
      );
      expect(await product.metric('hermes_source_connected{source="nats"}')).toBe(1);
      await product.kill();
    },
    PRODUCT_TIMEOUT,
  );
});

describe('several workers that cannot start', () => {
  it('end with the process that owns them, and say why, once each', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;

    const product = await Product.launch({
      HERMES_WORKERS: '2',
      HERMES_GRPC_PORT: String(port),
      // It need not be there: a store that is away keeps nobody from starting.
      HERMES_POSTGRES_URL: 'postgres://nobody@127.0.0.1:1/nothing',
    });

    expect(await product.ended).toMatchObject({ code: 1 });
    expect(product.stderr).toContain(`HERMES_GRPC_PORT: cannot listen on 127.0.0.1:${port}`);
    expect(product.stderr).not.toContain('    at ');
    taken.close();
  });
});
