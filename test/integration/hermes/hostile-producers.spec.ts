import * as fc from 'fast-check';
import { Producer } from '../../support/rabbitmq/producer.js';
import { payloadOf, type Client } from '../../support/hermes/client.js';
import { API_KEY, Node } from '../../support/hermes/node.js';
import { describeWithRabbit, waitFor } from '../../support/index.js';

const ODD_USERS = ['o"d\nd 🪶', "'; drop table users; --", '__proto__', 'constructor', '***', '7', '\u00e9', 'e\u0301'];

const PROVIDERS = {
  user: {
    type: 'static',
    tokens: Object.fromEntries(ODD_USERS.map((userId, index) => [`token ${index}`, { userId }])),
  },
};

describeWithRabbit('producers on RabbitMQ that send what they like', (rabbit) => {
  let node: Node;
  let client: Client;
  let producer: Producer;

  // A node for each test: some of what is sent at random is retained, and would be replayed to the client of another.
  beforeEach(async () => {
    node = await Node.start({
      HERMES_RABBITMQ_URI: rabbit().uri,
      HERMES_RABBITMQ_EXCHANGES: 'news',
      HERMES_MAX_EVENT: '64KiB',
      HERMES_AUTH_PROVIDERS: JSON.stringify(PROVIDERS),
    });
    producer = await Producer.connect(rabbit().uri);
    await waitFor('the node to be ready', async () => (await fetch(`${node.url}/health/ready`)).status === 200);
    client = await node.client();
  });

  afterEach(async () => {
    await producer.close();
    await node.stop();
  });

  /** What came before an event that is published now. */
  async function seen(): Promise<unknown[]> {
    producer.send('news', { event_type: 'end', visibility: 'broadcast', channel: 'the end' }, '1');
    const payloads: unknown[] = [];
    for (;;) {
      const message = await client.next();
      if (message['channel'] === 'the end') return payloads;
      payloads.push(payloadOf(message));
    }
  }

  /** How many messages the node has taken from the broker, whatever became of them. */
  async function fates(): Promise<number> {
    const page = await (await fetch(`${node.url}/metrics`)).text();
    const lines = page.match(/^hermes_events_total\{source="rabbitmq".*$/gm) ?? [];
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  const aName = fc.oneof(fc.constantFrom('x', '', '***', 'ws_status'), fc.string({ unit: 'binary', maxLength: 300 }));
  const aValue = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.array(fc.integer()),
    fc.constant({ '!': 'timestamp', value: 1_700_000_000 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'toString'), fc.integer(), { noNullPrototype: true }),
  );
  const headers = fc.record(
    {
      event_type: fc.oneof(aName, aValue),
      visibility: fc.oneof(fc.constantFrom('broadcast', 'direct', 'internal'), aValue),
      uuid: fc.oneof(aName, aValue),
      role: fc.oneof(aName, aValue),
      channel: fc.oneof(aName, aValue),
      cache_ttl: fc.oneof(fc.constantFrom('-1', '3', '1e9', -1, 2), aValue),
      cache_key: fc.oneof(aName, aValue),
      whatever: aValue,
    },
    { requiredKeys: [] },
  );
  const body = fc.oneof(
    fc.json().map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(Buffer.alloc(0), Buffer.from('{"a":1}}'), Buffer.from('1,"x":2'), Buffer.alloc(70_000, 0x31)),
  );

  it.each<[string, string | Buffer]>([
    ['nothing', ''],
    ['no JSON', 'nonsense'],
    ['JSON and more', '1}'],
    ['what would break out of the frame', '1},"channel":"ws_status","event":"authorize","data":{"x":1'],
    ['bytes that are no text', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
    ['half a character', Buffer.from([0x22, 0xc3])],
    ['more than an event may hold', `"${'x'.repeat(64 * 1024)}"`],
  ])('lose an event whose body is %s, and nothing else', async (_, bytes) => {
    await client.subscribe('news');
    const broadcast = { event_type: 'e', visibility: 'broadcast' };
    producer.send('news', broadcast, '"before"');
    producer.send('news', broadcast, bytes);
    producer.send('news', broadcast, '"behind"');
    await client.subscribe('the end');
    expect(await seen()).toEqual(['before', 'behind']);
  });

  it('have a body passed on however deep it is', async () => {
    await client.subscribe('***');
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    const texts: string[] = [];
    client.socket.on('message', (data: Buffer) => texts.push(data.toString()));
    producer.send('news', { event_type: 'e', visibility: 'broadcast' }, deep);
    await seen();
    expect(texts[0]).toBe(`{"broadcast":true,"channel":"news","event":"e","data":{"e":${deep}}}`);
  });

  it('reach each user by an id as odd as it is', async () => {
    await client.subscribe('the end');
    const clients = await Promise.all(ODD_USERS.map(() => node.client()));
    for (const [index, one] of clients.entries()) {
      expect(await one.authorize(`token ${index}`)).toBe(200);
      await one.subscribe('news');
    }
    for (const uuid of ODD_USERS) {
      producer.send('news', { event_type: 'e', visibility: 'direct', uuid }, JSON.stringify(uuid));
    }
    await seen();
    const theirs = await Promise.all(clients.map(async (one) => (await one.soFar()).map(payloadOf)));
    expect(theirs).toEqual(ODD_USERS.map((uuid) => [uuid]));
  });

  it('have each message, whatever it is, counted once, and the node goes on, with nothing left at the broker', async () => {
    await client.subscribe('***');
    const before = await fates();
    const messages = fc.sample(fc.tuple(headers, body), 600);
    for (const [table, bytes] of messages) producer.send('news', table, bytes);
    await producer.confirmed();
    // The client has parsed all of it: no body broke out of its place in the frame.
    for (const payload of await seen()) expect(payload).not.toBeUndefined();

    expect((await fates()) - before).toBe(messages.length + 1);
    await waitFor('the broker to have nothing left', async () => {
      const queues = (await rabbit().management.call('GET', `/api/queues/${rabbit().vhost}`)) as Record<
        string,
        number
      >[];
      // That of the node, and the one by which it counts what the broker drops.
      const isEmpty = queues.every((queue) => queue['messages'] === 0 && queue['messages_unacknowledged'] === 0);
      return queues.length === 2 && isEmpty;
    });
    expect((await fetch(`${node.url}/health/ready`)).status).toBe(200);
  });
});

describe('producers on HTTP that send what they like', () => {
  let node: Node;
  let client: Client;

  // A node for each test: some of what is sent at random is retained, and would be replayed to the client of another.
  beforeEach(async () => {
    node = await Node.start();
    client = await node.client();
    await client.subscribe('***');
  });

  afterEach(() => node.stop());

  const anEvent = fc.record(
    {
      channel: fc.oneof(fc.constant('c'), fc.jsonValue()),
      event: fc.oneof(fc.constant('e'), fc.jsonValue()),
      visibility: fc.oneof(fc.constantFrom('broadcast', 'direct'), fc.jsonValue()),
      userId: fc.jsonValue(),
      role: fc.jsonValue(),
      cacheTtl: fc.jsonValue(),
      cacheKey: fc.jsonValue(),
      data: fc.jsonValue(),
      __proto__: fc.jsonValue(),
      more: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const aBody = fc.oneof(
    anEvent.map((event) => JSON.stringify(event)),
    fc.array(anEvent).map((events) => JSON.stringify(events)),
    fc.string({ unit: 'binary' }),
    fc.json(),
  );

  it('are answered 202 or told what is wrong, and of a bad array nothing is taken', async () => {
    await fc.assert(
      fc.asyncProperty(aBody, async (text) => {
        const response = await node.post(text);
        const answer = (await response.json()) as { accepted?: number; message?: unknown };
        const seen = await client.soFar();
        const accepted = response.status === 202 ? (answer.accepted ?? 0) : 0;
        expect(seen.length).toBeLessThanOrEqual(accepted);
        expect([202, 400]).toContain(response.status);
        expect(response.status === 202 || answer.message).toBeTruthy();
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, () => string, number]>([
    ['a body beyond the limit', () => `"${'x'.repeat(8 * 1024 ** 2)}"`, 413],
    [
      'data beyond the limit',
      () => `{"channel":"c","event":"e","visibility":"broadcast","data":"${'x'.repeat(2 ** 20)}"}`,
      400,
    ],
    ['an event four hundred thousand levels deep', () => '['.repeat(400_000) + ']'.repeat(400_000), 400],
    ['ten thousand events, each of them wrong', () => `[${'{},'.repeat(9_999)}{}]`, 400],
    ['nothing', () => '', 400],
  ])('are refused %s, and the node goes on', async (_, text, status) => {
    const response = await node.post(text());
    expect(response.status).toBe(status);
    await response.text();
    await node.publish({ data: 'still here' });
    expect((await client.soFar()).map(payloadOf)).toEqual(['still here']);
  });

  it('are refused what is not JSON by its own declaration', async () => {
    const response = await node.post('<event/>', { 'Content-Type': 'application/xml' });
    expect(response.status).toBe(415);
  });

  it('may leave in the middle of a request', async () => {
    for (let index = 0; index < 100; index++) {
      const abort = new AbortController();
      const request = fetch(`${node.url}/api/events`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${API_KEY}`, 'Content-Type': 'application/json' },
        body: new ReadableStream({
          start: (body) => {
            body.enqueue(Buffer.from('[{"channel":"c",'));
            setImmediate(() => abort.abort());
          },
        }),
        duplex: 'half',
        signal: abort.signal,
      });
      await expect(request).rejects.toThrow('aborted');
    }
    expect(await client.soFar()).toEqual([]);
    await node.publish({ data: 'still here' });
    expect((await client.soFar()).map(payloadOf)).toEqual(['still here']);
  });
});
