import { describeWithNats, describeWithRabbit, waitFor } from '../support/index.js';
import { payloadOf, type Client } from '../support/hermes/client.js';
import { Product, PRODUCT_TIMEOUT } from '../support/hermes/product.js';

const KEY = 'the-key-of-this-cluster';
const NUMBERS = Array.from({ length: 50 }, (_, index) => index);
/** Each once; two lines of one stream are two events. */
const ONCE = [...NUMBERS, 100, 101, 101, 200];
const JSON_TYPE = 'application/json';

function body(number: number): string {
  return JSON.stringify({ channel: 'prices', event: 'tick', visibility: 'broadcast', data: number });
}

async function publish(url: string, key: string, text: string, type = JSON_TYPE): Promise<void> {
  const headers = { Authorization: `Bearer ${KEY}`, 'Content-Type': type, 'Idempotency-Key': key, Connection: 'close' };
  const answer = await fetch(`${url}/api/events`, { method: 'POST', headers, body: text });
  if (answer.status !== 202) throw new Error(`publish: ${answer.status} ${await answer.text()}`);
  await answer.text();
}

/** Everything up to an event that goes to everybody behind all others. */
async function upToTheEnd(client: Client): Promise<unknown[]> {
  const payloads: unknown[] = [];
  for (;;) {
    const payload = payloadOf(await client.next());
    if (payload === 'the end') return payloads.toSorted((a, b) => Number(a) - Number(b));
    payloads.push(payload);
  }
}

/**
 * @param urls where the same requests are sent, one after the other
 * @returns what each client got
 */
async function sentTo(urls: readonly string[], clients: readonly Client[], end: Product): Promise<unknown[][]> {
  for (const client of clients) await client.subscribe('prices');
  for (const url of urls) {
    for (const number of NUMBERS) await publish(url, `key ${number}`, body(number));
    await publish(url, 'stream', `${body(100)}\n${body(101)}\n${body(101)}\n`, 'application/x-ndjson');
  }
  // Under another body a key stands for another event.
  for (const [index, url] of [...new Set(urls)].entries()) await publish(url, 'of its own body', body(200 + index));
  await end.publish(KEY, { data: 'the end' });
  return Promise.all(clients.map((client) => upToTheEnd(client)));
}

async function onTwoNodes(environment: Record<string, string>): Promise<unknown[][]> {
  const nodes = await Promise.all([0, 1].map(() => Product.start({ HERMES_API_KEY: KEY, ...environment })));
  const [one, other] = nodes as [Product, Product];
  await Promise.all(nodes.map((node) => node.ready()));
  const clients = await Promise.all(nodes.map((node) => node.client()));
  try {
    return await sentTo([one.url, other.url], clients, other);
  } finally {
    await Promise.all(nodes.map((node) => node.kill()));
  }
}

describeWithRabbit('an Idempotency-Key that is sent to both of two nodes on RabbitMQ', (rabbit) => {
  it(
    'brings each event once',
    async () => {
      expect(await onTwoNodes({ HERMES_RABBITMQ_URI: rabbit().uri })).toEqual([
        [...ONCE, 201],
        [...ONCE, 201],
      ]);
    },
    PRODUCT_TIMEOUT,
  );
});

describeWithNats('an Idempotency-Key that is sent to both of two nodes on NATS', (nats) => {
  it(
    'brings each event once',
    async () => {
      expect(await onTwoNodes({ HERMES_NATS_URL: nats() })).toEqual([
        [...ONCE, 201],
        [...ONCE, 201],
      ]);
    },
    PRODUCT_TIMEOUT,
  );
});

describe('an Idempotency-Key that is sent to any of two workers', () => {
  it(
    'brings each event once',
    async () => {
      const product = await Product.start({ HERMES_API_KEY: KEY, HERMES_WORKERS: '2' });
      await waitFor('both workers to listen', () => {
        return product.log.filter(({ event }) => event === 'server.listening').length === 2;
      });
      const clients = await Promise.all(Array.from({ length: 4 }, () => product.client()));
      const received = await sentTo([product.url, product.url, product.url], clients, product);
      expect(received).toEqual(clients.map(() => ONCE));
      await product.kill();
    },
    PRODUCT_TIMEOUT,
  );
});
