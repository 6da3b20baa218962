import { describeWithOwnRabbit, RABBIT_TIMEOUT, waitFor, type RabbitBroker } from '../support/index.js';
import { Producer } from '../support/rabbitmq/producer.js';
import { payloadOf, type Client, type Message } from '../support/hermes/client.js';
import { post } from '../support/hermes/http.js';
import { Product, PRODUCT_TIMEOUT } from '../support/hermes/product.js';
import { prepareRabbit } from '../support/services/rabbitmq.service.js';

const KEY = 'the-key-of-the-outage';

const ENVIRONMENT = {
  HERMES_API_KEY: KEY,
  HERMES_DRAIN: '0',
  HERMES_PING_INTERVAL: '300ms',
  HERMES_PONG_TIMEOUT: '5s',
  HERMES_RABBITMQ_EXCHANGES: 'news:topic',
  HERMES_RABBITMQ_RECONNECT: '500ms',
  HERMES_AUTH_PROVIDERS: '{"user":{"type":"static","tokens":{"alice":{"userId":"alice","role":"admin"}}}}',
};

const BROADCAST = { event_type: 'flash', visibility: 'broadcast' };
const FOR_ALICE = { event_type: 'mail', visibility: 'direct', uuid: 'alice', role: 'admin' };

/** A client that answers its pings and writes down what events it gets. */
class Watcher {
  readonly events: Message[] = [];
  pings = 0;
  /** What its authorize was answered with, if it sent one. */
  authorized: number | undefined;

  private constructor(readonly client: Client) {
    client.socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as Message;
      if (message['event'] === 'ping') {
        this.pings++;
        client.send('pong');
      } else if (message['channel'] !== 'ws_status') this.events.push(message);
    });
  }

  static async on(hermes: Product, token?: string): Promise<Watcher> {
    const watcher = new Watcher(await hermes.client());
    if (token !== undefined) watcher.authorized = await watcher.client.authorize(token, 'user', 'admin');
    await watcher.client.subscribe('news');
    return watcher;
  }

  get payloads(): unknown[] {
    return this.events.map(payloadOf);
  }

  get open(): boolean {
    return this.client.socket.readyState === this.client.socket.OPEN;
  }

  saw(payload: unknown): Promise<boolean> {
    return waitFor(`a client to see ${JSON.stringify(payload)}`, () => this.payloads.includes(payload));
  }

  /** Resolves when the node has pinged it again, twice: the first of them may have been on its way already. */
  async pingedAgain(): Promise<void> {
    const before = this.pings;
    await waitFor('two more pings', () => this.pings >= before + 2);
  }
}

describeWithOwnRabbit('Hermes while its RabbitMQ is away', () => {
  let broker: RabbitBroker;
  let hermes: Product;

  beforeAll(async () => {
    broker = await prepareRabbit();
    hermes = await Product.start({ ...ENVIRONMENT, HERMES_RABBITMQ_URI: broker.uri });
  }, PRODUCT_TIMEOUT);

  afterAll(async () => {
    await hermes.kill();
    await broker.stop();
  });

  function publishes(payload: unknown, cacheTtl = 0): Promise<Response> {
    const body = { channel: 'news', event: 'posted', visibility: 'broadcast', cacheTtl, data: payload };
    return post(hermes.url, KEY, JSON.stringify(body));
  }

  async function refusesToPublish(payload: unknown): Promise<void> {
    const response = await publishes(payload, -1);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ message: expect.stringContaining('not connected to the broker') });
  }

  async function notReady(): Promise<readonly string[]> {
    const sentence = 'Hermes to say that it is not ready';
    const report = await waitFor(sentence, async () => {
      const readiness = await hermes.readiness();
      return readiness.status === 503 && readiness;
    });
    return report.reasons;
  }

  it(
    'starts without it, serves clients, says what is missing, and comes round by itself when it appears',
    async () => {
      await broker.kill();
      expect(await notReady()).toContainEqual(
        expect.stringMatching(/^rabbitmq: not connected to the broker: .*ECONNREFUSED/),
      );
      expect((await hermes.get('/health/live')).status).toBe(200);
      const watcher = await Watcher.on(hermes, 'alice');
      expect(watcher.authorized).toBe(200);
      await refusesToPublish('too early');

      await broker.start();
      await hermes.ready();
      const producer = await Producer.connect(broker.uri);
      producer.send('news', FOR_ALICE, '"hello"');
      await watcher.saw('hello');
      await producer.close();

      expect(watcher.payloads).toEqual(['hello']);
      expect(await hermes.metric('hermes_source_connected{source="rabbitmq"}')).toBe(1);
    },
    RABBIT_TIMEOUT,
  );

  it(
    'keeps every session through a kill under load, and brings them events again when it is back',
    async () => {
      await broker.start();
      await hermes.ready();
      const watchers = await Promise.all([undefined, undefined, 'alice'].map((token) => Watcher.on(hermes, token)));
      const [anonymous, , alice] = watchers as [Watcher, Watcher, Watcher];
      const load = await underLoad(broker.uri);
      await alice.saw(100);

      await broker.kill();
      const last = load.stop();

      expect(await notReady()).toContainEqual(expect.stringContaining('rabbitmq: not connected to the broker'));
      await refusesToPublish('too late');
      await Promise.all(watchers.map((watcher) => watcher.pingedAgain()));
      expect(watchers.map(({ open }) => open)).toEqual([true, true, true]);
      expect(await hermes.metric('hermes_source_connected{source="rabbitmq"}')).toBe(0);

      await broker.start();
      await hermes.ready();
      const producer = await Producer.connect(broker.uri);
      producer.send('news', FOR_ALICE, '"for alice"');
      for (let number = last; number < last + 100; number++) producer.send('news', BROADCAST, String(number));
      await Promise.all(watchers.map((watcher) => watcher.saw(last + 99)));
      // Publishing has a connection of its own, which may come back a moment after the consumer.
      await waitFor('an event to be taken over HTTP', () =>
        publishes('posted again').then(({ status }) => status === 202),
      );
      await Promise.all(watchers.map((watcher) => watcher.saw('posted again')));
      await producer.close();

      const afterwards = [...Array.from({ length: 100 }, (_, index) => last + index), 'posted again'];
      for (const { payloads } of watchers) {
        const numbers = payloads.filter((payload) => typeof payload === 'number');
        // What the broker took with it is lost; what came, came once and in order.
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
        expect(payloads.filter((payload) => payload !== 'for alice').slice(-101)).toEqual(afterwards);
      }
      expect(alice.payloads.filter((payload) => payload === 'for alice')).toHaveLength(1);
      expect(anonymous.payloads).not.toContain('for alice');
      expect(watchers.flatMap(({ payloads }) => payloads)).not.toContain('too late');
      expect(await hermes.metric('hermes_retained_events')).toBe(0);
      expect(hermes.running && hermes.stderr).toBe('');
    },
    RABBIT_TIMEOUT,
  );
});

/** Numbers, one event each, as fast as the broker takes them, until it is stopped; that returns the first not sent. */
async function underLoad(uri: string): Promise<{ stop: () => number }> {
  const producer = await Producer.connect(uri);
  let number = 0;
  const timer = setInterval(() => {
    try {
      for (let count = 0; count < 50; count++) producer.send('news', BROADCAST, String(number++));
    } catch {
      // The channel went with the broker.
    }
  }, 5);
  return {
    stop: () => {
      clearInterval(timer);
      return number;
    },
  };
}
