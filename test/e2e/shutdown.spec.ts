import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { SUBSCRIBE_PATH } from '@hermes/protocol';
import { describeWithRabbit, waitFor } from '../support/index.js';
import { Client, payloadOf } from '../support/hermes/client.js';
import { emptyFolder, Product, PRODUCT_TIMEOUT } from '../support/hermes/product.js';
import { post } from '../support/hermes/http.js';
import { freezeOneThatBoots } from '../support/hermes/workers.js';
import { Producer } from '../support/rabbitmq/producer.js';

const STOP_AT_ONCE = `process.kill(process.pid, 'SIGTERM');
export default { module: class Nothing {} };`;

describe('a stop while Hermes starts', () => {
  let product: Product;

  afterEach(() => product.kill());

  it(
    'comes in good order, when the start is complete',
    async () => {
      const folder = emptyFolder();
      writeFileSync(join(folder, 'stop.mjs'), STOP_AT_ONCE);
      product = await Product.launch({ HERMES_AUTH_MODULES: './stop.mjs' }, { folder });

      expect(await product.ended).toEqual({ code: 0, signal: null });
      expect(product.log.map(({ event }) => event)).toContain('shutdown.finished');
    },
    PRODUCT_TIMEOUT,
  );

  it(
    'closes the clients of the workers that are up already',
    async () => {
      product = await Product.launch({ HERMES_WORKERS: '2', HERMES_DRAIN: '0' });
      const late = await freezeOneThatBoots(product);
      const { url } = await product.logged('server.listening');
      const client = await Client.connect(`${String(url).replace('http', 'ws')}${SUBSCRIBE_PATH}`);
      product.signal('SIGTERM');

      expect(await client.closed).toBe(1001);
      process.kill(late, 'SIGCONT');
      expect(await product.ended).toEqual({ code: 0, signal: null });
      expect(product.stderr).toBe('');
    },
    PRODUCT_TIMEOUT,
  );
});

const KEY = 'key-of-who-publishes-meanwhile';

function eventWith(data: number): string {
  return JSON.stringify({ channel: 'prices', event: 'tick', visibility: 'broadcast', data });
}

/** One number after the other, until nobody takes them any more. */
class Publishing {
  last = -1;
  readonly ended: Promise<void>;

  constructor(product: Product) {
    this.ended = this.#run(product).catch(() => undefined);
  }

  async #run(product: Product): Promise<void> {
    while ((await post(product.url, KEY, eventWith(this.last + 1))).status === 202) this.last++;
  }
}

describe('a node that stops while events come', () => {
  let product: Product;

  afterEach(() => product.kill());

  it.each([
    ['alone', {}],
    ['with workers', { HERMES_WORKERS: '2' }],
  ])(
    '%s brings them to every client until its connection is closed',
    async (_, environment) => {
      product = await Product.start({ HERMES_API_KEY: KEY, HERMES_DRAIN: '1500ms', ...environment });
      const clients = await Promise.all(Array.from({ length: 30 }, () => product.client()));
      for (const client of clients) await client.subscribe('prices');
      const publishing = new Publishing(product);
      const atItsEnd = clients.map(async (client) => {
        const code = await client.closed;
        return { code, numbers: client.received.map(payloadOf) as number[], published: publishing.last };
      });
      await waitFor('events to come', () => publishing.last >= 20);
      product.signal('SIGTERM');

      let first = Infinity;
      let last = 0;
      for (const { code, numbers, published } of await Promise.all(atItsEnd)) {
        expect(code).toBe(1001);
        const missed = Array.from({ length: published }, (_number, index) => index).filter((n) => !numbers.includes(n));
        // Those that were published while the last bytes were on their way to us.
        expect(missed.filter((number) => number < published - 3)).toEqual([]);
        first = Math.min(first, numbers.length);
        last = Math.max(last, numbers.length);
      }
      expect(last).toBeGreaterThan(first);
      expect(await product.ended).toEqual({ code: 0, signal: null });
      await publishing.ended;
    },
    PRODUCT_TIMEOUT,
  );

  it(
    'says that it is not ready, and takes clients for HERMES_SHUTDOWN_DELAY',
    async () => {
      product = await Product.start({
        HERMES_API_KEY: KEY,
        HERMES_SHUTDOWN_DELAY: '3s',
        HERMES_DRAIN: '1s',
      });
      const early = await product.client();
      await early.subscribe('prices');
      product.signal('SIGTERM');
      await product.logged('shutdown.started');

      expect(await product.readiness()).toEqual({ status: 503, reasons: ['Hermes is stopping'] });
      const late = await product.client();
      await late.subscribe('prices');
      await product.publish(KEY, { data: 'still here' });
      for (const client of [early, late]) expect(payloadOf(await client.next())).toBe('still here');
      // Nobody is let in while the others are being closed.
      const refused = await waitFor('the drain', () =>
        product.client().then(
          (client) => void client.socket.terminate(),
          (error: Error) => error.message,
        ),
      );
      expect(refused).toMatch(/503|ECONN|hang up/);
      expect(await Promise.all([early.closed, late.closed])).toEqual([1001, 1001]);
      expect(await product.ended).toEqual({ code: 0, signal: null });
    },
    PRODUCT_TIMEOUT,
  );
});

/** Producers with a connection each that they keep, until nobody takes their events any more. */
class Producers {
  /** What became of the requests. */
  readonly outcomes = new Map<string, number>();
  readonly ended: Promise<unknown>;

  constructor(url: string, count: number) {
    this.ended = Promise.all(Array.from({ length: count }, () => this.#run(url)));
  }

  async #run(url: string): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let outcome = '202'; outcome === '202';) {
      outcome = await one(url, agent);
      this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    }
    agent.destroy();
  }
}

/** The status, or the code of what the connection came to; `reset` when the request had gone out on it. */
function one(url: string, agent: Agent): Promise<string> {
  const headers = { Authorization: `Bearer ${KEY}`, 'Content-Type': 'application/json' };
  return new Promise((resolve) => {
    const sending = httpRequest(`${url}/api/events`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume().once('end', () => resolve(String(answer.statusCode)));
    });
    sending.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    sending.end(eventWith(0));
  });
}

describe('requests under way when a node stops', () => {
  let product: Product;

  beforeEach(async () => {
    product = await Product.start({ HERMES_API_KEY: KEY, HERMES_DRAIN: '500ms' });
  }, PRODUCT_TIMEOUT);

  afterEach(() => product.kill());

  it('are answered, whatever connections they come by', async () => {
    const client = await product.client();
    const producers = new Producers(product.url, 16);
    await waitFor('events to be taken', () => (producers.outcomes.get('202') ?? 0) > 100);
    product.signal('SIGTERM');

    expect(await client.closed).toBe(1001);
    await producers.ended;
    expect([...producers.outcomes.keys()].toSorted()).toEqual(['202', 'ECONNREFUSED']);
    expect(await product.ended).toEqual({ code: 0, signal: null });
  });

  it.each([false, true])(
    'are told how far they have come when they are streams (ended by the client: %p)',
    async (ends) => {
      const client = await product.client();
      await client.subscribe('prices');
      const headers = { Authorization: `Bearer ${KEY}`, 'Content-Type': 'application/x-ndjson' };
      const sending = httpRequest(`${product.url}/api/events`, { method: 'POST', headers });
      const answered = new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
        sending.once('error', reject).once('response', (answer) => {
          let text = '';
          answer.on('data', (piece: Buffer) => (text += piece.toString()));
          answer.once('end', () => resolve({ status: answer.statusCode, text }));
        });
      });
      for (let number = 0; number < 75; number++) sending.write(`${eventWith(number)}\n`);
      sending.write(ends ? '\n' : '{"channel":');
      await client.take(75);
      product.signal('SIGTERM');
      await client.closed;
      if (ends) sending.end();

      const { status, text } = await answered;
      expect([status, (JSON.parse(text) as { accepted: number }).accepted]).toEqual([ends ? 202 : 503, 75]);
      sending.destroy();
      expect(await product.ended).toEqual({ code: 0, signal: null });
    },
  );

  it('do not hold it up when they never end', async () => {
    const { port } = new URL(product.url);
    const socket = connect(Number(port), '127.0.0.1');
    const gone = once(socket, 'close');
    socket.on('error', () => undefined).resume();
    socket.write(
      `POST /api/events HTTP/1.1\r\nHost: hermes\r\nAuthorization: Bearer ${KEY}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
    );
    await product.client();
    product.signal('SIGTERM');

    await gone;
    expect(await product.ended).toEqual({ code: 0, signal: null });
  });

  it('are none on connections that are idle, which are closed at once', async () => {
    const { port } = new URL(product.url);
    const socket = connect(Number(port), '127.0.0.1').resume();
    socket.write('GET /health/live HTTP/1.1\r\nHost: hermes\r\n\r\n');
    await once(socket, 'data');
    product.signal('SIGTERM');

    await once(socket, 'end');
    expect(await product.ended).toEqual({ code: 0, signal: null });
  });
});

describeWithRabbit('a node that stops', (rabbit) => {
  it(
    'goes on bringing what comes from the broker to those who are still connected',
    async () => {
      const product = await Product.start({
        HERMES_RABBITMQ_URI: rabbit().uri,
        HERMES_RABBITMQ_EXCHANGES: 'news-to-the-end',
        HERMES_DRAIN: '3s',
      });
      await product.ready();
      const producer = await Producer.connect(rabbit().uri);
      const clients = await Promise.all(Array.from({ length: 20 }, () => product.client()));
      for (const client of clients) await client.subscribe('news');
      product.signal('SIGTERM');
      await product.logged('shutdown.started');
      // When the first one is gone the others hear more, those that stay all of it.
      await Promise.race(clients.map(({ closed }) => closed));
      const headers = { event_type: 'tick', visibility: 'broadcast', channel: 'news' };
      for (let number = 0; number < 10; number++) producer.send('news-to-the-end', headers, String(number));
      await producer.confirmed();

      await Promise.all(clients.map(({ closed }) => closed));
      expect(await product.ended).toEqual({ code: 0, signal: null });
      const heard = clients.map(({ received }) => received.map(payloadOf));
      for (const numbers of heard) expect(numbers).toEqual(numbers.map((_, index) => index));
      expect(heard.filter((numbers) => numbers.length === 10).length).toBeGreaterThan(0);
      await producer.close();
    },
    PRODUCT_TIMEOUT,
  );
});
