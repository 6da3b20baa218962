import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebSocket } from 'ws';
import { Client, type Message } from '../support/hermes/client.js';
import { API_KEY, Node } from '../support/hermes/node.js';
import { waitFor } from '../support/wait-for.js';

const PROTOCOL = 'src/gateways/topics/PROTOCOL.md';

const PROVIDERS = {
  user: {
    type: 'static',
    roles: ['user', 'admin'],
    tokens: {
      alice: { userId: 'alice', role: 'user' },
      root: { userId: 'root', role: 'admin' },
      brief: { userId: 'alice', role: 'user', ttl: 2 },
    },
  },
};

const WELCOME = {
  type: 'info',
  message: "Connected to HERMES WebSocket server. Send {'type': 'subscribe', 'topic': 'stock:TICKER'} to subscribe.",
};
const NOT_JSON = { type: 'error', message: 'Message must be valid JSON.' };
const MALFORMED = {
  type: 'error',
  message:
    "Malformed message or unknown type. Expected {'type': 'subscribe/unsubscribe', 'topic': '...' } or {'topic': '...', 'data': {...}}",
};

/** A client of the topic broker: what it receives is told apart by whoever reads it, as in the original. */
class TopicClient {
  private constructor(private readonly client: Client) {}

  static async connect(node: Node, path = '/_ws/topics'): Promise<TopicClient> {
    const client = new TopicClient(await Client.connect(`ws://127.0.0.1:${node.port}${path}`));
    const welcome = (await client.next()) as Message;
    if (welcome['message'] !== WELCOME.message) throw new Error(`not welcomed: ${JSON.stringify(welcome)}`);
    return client;
  }

  get socket(): WebSocket {
    return this.client.socket;
  }

  get closed(): Promise<number> {
    return this.client.closed;
  }

  next(): Promise<unknown> {
    return this.client.next();
  }

  raw(text: string | Buffer): void {
    this.client.raw(text);
  }

  ask(message: unknown): Promise<unknown> {
    this.raw(JSON.stringify(message));
    return this.next();
  }

  async subscribe(topic: unknown): Promise<void> {
    const answer = (await this.ask({ type: 'subscribe', topic })) as Message;
    if (answer['message'] !== subscribed(topic)['message'])
      throw new Error(`not subscribed: ${JSON.stringify(answer)}`);
  }

  async authorize(token: string, origin = 'user', role?: string): Promise<number> {
    return ((await this.ask({ type: 'authorize', token, origin, role })) as Message)['code'] as number;
  }

  /** Everything that came before an answer that is asked for now. */
  async soFar(): Promise<unknown[]> {
    const marker = `marker ${Math.random()}`;
    this.raw(JSON.stringify({ type: 'unsubscribe', topic: marker }));
    const messages: unknown[] = [];
    for (;;) {
      const message = await this.next();
      if ((message as Message | null)?.['message'] === `Not subscribed to ${marker}`) return messages;
      messages.push(message);
    }
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

function subscribed(topic: unknown): Message {
  return { type: 'ack_subscribe', topic, message: `Successfully subscribed to ${String(topic)}` };
}

function failure(sentence: string): Message {
  return { type: 'error', message: `Server error processing message: ${sentence}` };
}

async function topicsOf(node: Node, query = ''): Promise<Message> {
  const response = await fetch(`${node.url}/api/topics${query}`, { headers: { Authorization: `Bearer ${API_KEY}` } });
  expect(response.status).toBe(200);
  return (await response.json()) as Message;
}

describe('the protocol of the topic broker', () => {
  let node: Node;
  let client: TopicClient;

  beforeAll(async () => {
    node = await Node.start({
      HERMES_AUTH_PROVIDERS: JSON.stringify(PROVIDERS),
      HERMES_MAX_SUBSCRIPTIONS: '5',
      HERMES_TOPICS_PUBLISH: 'anybody',
      HERMES_TOPICS_PATHS: '/_ws/topics, /',
    });
  });

  afterAll(() => node.stop());

  beforeEach(async () => {
    client = await TopicClient.connect(node);
  });

  afterEach(() => client.close());

  describe('connection', () => {
    it('T-1 is at the configured paths; another is 404', async () => {
      await (await TopicClient.connect(node, '/')).close();
      await expect(Client.connect(`ws://127.0.0.1:${node.port}/topics`)).rejects.toThrow('404');
    });

    it('T-2 welcomes a client before anything else', async () => {
      const eager = await Client.connect(`ws://127.0.0.1:${node.port}/_ws/topics`);
      eager.raw('{"type":"subscribe","topic":"a"}');
      expect(await eager.take(2)).toEqual([WELCOME, subscribed('a')]);
      await eager.close();
    });

    it('T-3 reads a binary frame as text', async () => {
      client.raw(Buffer.from('{"type":"subscribe","topic":"a"}'));
      expect(await client.next()).toEqual(subscribed('a'));
    });

    it('T-4 closes with 1009 on a frame over the limit', async () => {
      client.raw('x'.repeat(64 * 1024 + 1));
      expect(await client.closed).toBe(1009);
    });
  });

  describe('topics', () => {
    it('T-5 acknowledges each subscribe, and sends one copy all the same', async () => {
      const subscribe = { type: 'subscribe', topic: 'stock:AAPL' };
      expect(await client.ask(subscribe)).toEqual(subscribed('stock:AAPL'));
      expect(await client.ask(subscribe)).toEqual(subscribed('stock:AAPL'));
      await node.publish({ channel: 'stock:AAPL', data: { price: 1 } });
      expect(await client.soFar()).toEqual([{ price: 1 }]);
    });

    it('T-6 acknowledges an unsubscribe, and says when there was nothing to unsubscribe from', async () => {
      await client.subscribe('a');
      const unsubscribe = { type: 'unsubscribe', topic: 'a' };
      const acknowledged = { type: 'ack_unsubscribe', topic: 'a', message: 'Successfully unsubscribed from a' };
      expect(await client.ask(unsubscribe)).toEqual(acknowledged);
      expect(await client.ask(unsubscribe)).toEqual({ type: 'error', message: 'Not subscribed to a' });
      await node.publish({ channel: 'a' });
      expect(await client.soFar()).toEqual([]);
    });

    it('T-7 sends every event of the channel, and of it the data alone, byte for byte', async () => {
      await client.subscribe('a');
      const texts: string[] = [];
      client.socket.on('message', (data: Buffer) => texts.push(data.toString()));
      const data = '{"z":1.0, "a":12345678901234567890,"e":1e2}';
      await node.post(`{"channel":"a","event":"x","visibility":"broadcast","data":${data}}`);
      await node.publish({ channel: 'a', event: 'y', data: null }, { channel: 'b', event: 'x', data: 'other' });
      expect((await client.soFar()).length).toBe(2);
      expect(texts.slice(0, 2)).toEqual([data, 'null']);
    });

    it('T-8 tells a number from the text that looks like it', async () => {
      const other = await TopicClient.connect(node);
      await client.subscribe(7);
      await other.subscribe('7');
      client.raw('{"topic":7,"data":"number"}');
      client.raw('{"topic":"7","data":"text"}');
      expect(await client.soFar()).toEqual(['number']);
      expect(await other.soFar()).toEqual(['text']);
      await node.publish({ channel: 'number:7', data: 'from a producer' });
      expect(await client.soFar()).toEqual(['from a producer']);
      expect(await client.ask({ type: 'unsubscribe', topic: '7' })).toMatchObject({ message: 'Not subscribed to 7' });
      await other.subscribe('number:7');
      client.raw('{"topic":"number:7","data":"text again"}');
      expect(await client.soFar()).toEqual([]);
      expect(await other.soFar()).toEqual(['text again']);
      await other.close();
    });

    it('T-9 bounds the subscriptions of a session', async () => {
      for (const topic of [1, 2, 3, 4, 5]) await client.subscribe(topic);
      const sentence = 'too many subscriptions in this session, unsubscribe from some first';
      expect(await client.ask({ type: 'subscribe', topic: 6 })).toEqual(failure(sentence));
      expect(await client.ask({ type: 'subscribe', topic: 5 })).toEqual(subscribed(5));
    });

    it('T-10 sends kept events on subscribe, before the acknowledgement', async () => {
      await node.publish({ channel: 'kept-10', data: 1, cacheTtl: 60 }, { channel: 'kept-10', data: 2 });
      client.raw('{"type":"subscribe","topic":"kept-10"}');
      expect([await client.next(), await client.next()]).toEqual([1, subscribed('kept-10')]);
      await client.subscribe('kept-10');
    });

    it('T-11 forgets the subscriptions of who left', async () => {
      const leaving = await TopicClient.connect(node);
      await leaving.subscribe('left-11');
      await leaving.close();
      const list = await waitFor('the subscription to go', async () => {
        const { topics } = await topicsOf(node, '?prefix=left-11');
        return (topics as Message[]).length === 0 && topics;
      });
      expect(list).toEqual([]);
    });
  });

  describe('publishing', () => {
    it('T-12 brings what is published to every subscriber, the publisher too, without an answer', async () => {
      const other = await TopicClient.connect(node);
      for (const one of [client, other]) await one.subscribe('p');
      client.raw('{"topic":"p","data":{"price":170.50}}');
      client.raw('{"type":"whatever","topic":"p","data":null}');
      client.raw('{"topic":"nobody is here","data":1}');
      expect(await client.soFar()).toEqual([{ price: 170.5 }, null]);
      expect(await other.soFar()).toEqual([{ price: 170.5 }, null]);
      await other.close();
    });

    it('T-13 passes the data on byte for byte', async () => {
      await client.subscribe('p');
      const texts: string[] = [];
      client.socket.on('message', (data: Buffer) => texts.push(data.toString()));
      const data = '{ "z":1.0,"a":[12345678901234567890,"\\u00e9é🪶"] }';
      client.raw(`{"data": ${data} ,"topic":"p"}`);
      await client.soFar();
      expect(texts[0]).toBe(data);
    });

    it('T-14 is an event of the channel for clients of the other dialects', async () => {
      const hermes = await node.client();
      await hermes.subscribe('p');
      client.raw('{"topic":"p","data":[1]}');
      expect(await hermes.next()).toEqual({ broadcast: true, channel: 'p', event: 'message', data: { message: [1] } });
    });
  });

  describe('errors', () => {
    it.each(['nonsense', '', '{"type":', 'ping'])('T-16 answers %j, which is no JSON', async (text) => {
      client.raw(text);
      expect(await client.next()).toEqual(NOT_JSON);
      await client.subscribe('still here');
    });

    it.each([
      {},
      { type: 'subscribe' },
      { type: 'unsubscribe', topic: '' },
      { type: 'subscribe', topic: 0 },
      { type: 'subscribe', topic: null },
      { type: 'subscribe', topic: false },
      { type: 'subscribe', topic: [] },
      { type: 'subscribe', topic: {} },
      { type: 'subscribe', data: 1 },
      { type: 'dance', topic: 'a' },
      { type: 'constructor', topic: 'a' },
      { topic: 'a' },
      { topic: '', data: 1 },
      { data: 1 },
      { type: ['subscribe'], topic: 'a' },
    ])('T-17 answers %j, which is malformed', async (message) => {
      expect(await client.ask(message)).toEqual(MALFORMED);
      await client.subscribe('still here');
    });

    const TOPIC = 'topic must be a string, or a number that JavaScript can hold';
    it.each([
      ['[]', 'a message must be a JSON object'],
      ['1', 'a message must be a JSON object'],
      ['"text"', 'a message must be a JSON object'],
      ['null', 'a message must be a JSON object'],
      ['{"type":"subscribe","topic":["a"]}', TOPIC],
      ['{"type":"unsubscribe","topic":{"a":1}}', TOPIC],
      ['{"topic":true,"data":1}', TOPIC],
      ['{"topic":12345678901234567890,"data":1}', TOPIC],
      ['{"type":"subscribe","topic":1e400}', TOPIC],
      ['{"type":"subscribe","topic":"***"}', 'topic must not be ***, which means every one'],
      ['{"topic":"***","data":1}', 'topic must not be ***, which means every one'],
      [`{"type":"subscribe","topic":"${'a'.repeat(257)}"}`, 'topic must not be longer than 256 characters'],
    ])('T-18 answers %s with a sentence', async (text, sentence) => {
      client.raw(text);
      expect(await client.next()).toEqual(failure(sentence));
      await client.subscribe('still here');
    });
  });

  describe('authorization', () => {
    it('T-19 answers an authorize', async () => {
      const authorize = { type: 'authorize', token: 'alice', origin: 'user', role: 'user' };
      expect(await client.ask(authorize)).toEqual({
        type: 'ack_authorize',
        code: 200,
        message: 'Successfully authorized',
      });
      expect(await client.ask({ ...authorize, token: 'nobody' })).toEqual({
        type: 'error',
        code: 403,
        message: 'Authorization failed: the token is not accepted',
      });
    });

    it('T-20 names the code of a failure', async () => {
      expect(await client.authorize('nobody')).toBe(403);
      expect(await client.authorize('alice', 'elsewhere')).toBe(406);
      expect(await client.authorize('alice', 'user', 'emperor')).toBe(406);
      const faulty = (await client.ask({ type: 'authorize', token: ['s3cret'], origin: 'user' })) as Message;
      expect(faulty).toMatchObject({ type: 'error', code: 400 });
      expect(faulty['message']).toMatch(/^token must be/);
      expect(JSON.stringify(faulty)).not.toContain('s3cret');
    });

    it('T-21 leaves the session anonymous when it fails, whatever the reason', async () => {
      await client.subscribe('a');
      for (const [token, origin] of [
        ['nobody', 'user'],
        ['root', 'nowhere'],
      ] as const) {
        expect(await client.authorize('root', 'user', 'admin')).toBe(200);
        await node.publish({ channel: 'a', role: 'admin', data: 'seen' });
        expect(await client.soFar()).toEqual(['seen']);
        expect(await client.authorize(token, origin)).not.toBe(200);
        await node.publish({ channel: 'a', role: 'admin' }, { channel: 'a', userId: 'root' });
        expect(await client.soFar()).toEqual([]);
      }
    });

    it('T-22 tells when the identity has run out; the subscriptions stay', async () => {
      await client.subscribe('a');
      expect(await client.authorize('brief', 'user', 'user')).toBe(200);
      await node.publish({ channel: 'a', userId: 'alice', data: 1 });
      expect(await client.next()).toBe(1);
      expect(await client.next()).toEqual({ type: 'error', code: 401, message: 'The authorization has expired' });
      await node.publish({ channel: 'a', userId: 'alice', data: 2 }, { channel: 'a', data: 3 });
      expect(await client.soFar()).toEqual([3]);
    });

    it('T-23 brings each event to its audience and to nobody else', async () => {
      const alice = await TopicClient.connect(node);
      await alice.authorize('alice', 'user', 'user');
      for (const one of [client, alice]) await one.subscribe('a');
      await node.publish(
        { channel: 'a', data: 'all' },
        { channel: 'a', data: 'users', role: 'user' },
        { channel: 'a', data: 'alice', userId: 'alice' },
        { channel: 'a', data: 'alice as admin', userId: 'alice', role: 'admin' },
        { channel: 'a', data: 'nobody', visibility: 'internal' },
        { channel: 'b', data: 'alice elsewhere', userId: 'alice' },
      );
      expect(await client.soFar()).toEqual(['all']);
      expect(await alice.soFar()).toEqual(['all', 'users', 'alice']);
      await alice.close();
    });

    it('T-24 takes a message with a topic and data for a publish even when its type is authorize', async () => {
      await client.subscribe('a');
      client.raw('{"type":"authorize","topic":"a","data":1}');
      expect(await client.next()).toBe(1);
    });
  });

  describe('the list of active topics', () => {
    it('T-27 is for the API key alone', async () => {
      expect((await fetch(`${node.url}/api/topics`)).status).toBe(401);
    });

    it('T-27 counts each session once a topic, of whatever dialect', async () => {
      const hermes = await node.client();
      await client.subscribe('list:a');
      await client.subscribe(5);
      await hermes.subscribe('list:a', 'x');
      await hermes.subscribe('list:a', 'y');
      await hermes.subscribe('***');
      expect(await topicsOf(node)).toEqual({
        scope: 'node',
        nodes: 1,
        truncated: false,
        everyChannel: 1,
        topics: expect.arrayContaining([
          { topic: 'list:a', channel: 'list:a', subscribers: 2 },
          { topic: 5, channel: 'number:5', subscribers: 1 },
        ]) as unknown,
      });
      const [most] = (await topicsOf(node, '?limit=1&prefix=list:'))['topics'] as Message[];
      expect(most).toEqual({ topic: 'list:a', channel: 'list:a', subscribers: 2 });
      expect(await topicsOf(node, '?limit=1')).toMatchObject({ truncated: true });
      await hermes.close();
    });

    it.each(['limit=0', 'limit=1001', 'limit=x', 'prefix=a&prefix=b'])('T-27 refuses %s', async (query) => {
      const headers = { Authorization: `Bearer ${API_KEY}` };
      expect((await fetch(`${node.url}/api/topics?${query}`, { headers })).status).toBe(400);
    });
  });
});

describe('the protocol of the topic broker, who may publish', () => {
  it.each([
    ['nobody', []],
    ['authorized', ['alice', 'root']],
    ['role:admin', ['root']],
    ['anybody', ['anonymous', 'alice', 'root']],
  ])('T-15 lets %s publish, and tells others that they may not', async (publish, expected) => {
    const node = await Node.start({
      HERMES_AUTH_PROVIDERS: JSON.stringify(PROVIDERS),
      HERMES_TOPICS_PUBLISH: publish,
      HERMES_TOPICS_EVENT: 'said',
    });
    const hermes = await node.client();
    await hermes.subscribe('p', 'said');
    for (const name of ['anonymous', 'alice', 'root']) {
      const client = await TopicClient.connect(node);
      if (name !== 'anonymous') await client.authorize(name, 'user', name === 'root' ? 'admin' : 'user');
      client.raw(JSON.stringify({ topic: 'p', data: name }));
      const refusal = { type: 'error', message: 'Not allowed to publish to p' };
      expect(await client.soFar()).toEqual(expected.includes(name) ? [] : [refusal]);
    }
    expect((await hermes.soFar()).map((message) => (message['data'] as Message)['said'])).toEqual(expected);
    await node.stop();
  });

  it('T-15 lets nobody publish where Hermes and its producers speak', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hermes-topics-'));
    await writeFile(join(folder, 'commands.yaml'), 'commands: {}');
    const node = await Node.start({
      HERMES_TOPICS_PUBLISH: 'anybody',
      HERMES_COMMANDS_FEED: 'feed',
      HERMES_COMMANDS_FILE: join(folder, 'commands.yaml'),
      HERMES_DATA_DIR: join(folder, 'data'),
      HERMES_GRPC_PORT: '0',
    });
    const hermes = await node.client();
    await hermes.subscribe('***', 'message');
    const client = await TopicClient.connect(node);
    const ours = ['ws_status', 'chat', 'chat ', 'Chat', 'feed', 'hermes.topics', 'hermes.events', 'a\ufffd'];
    for (const topic of [...ours, 'p']) client.raw(JSON.stringify({ topic, data: 1 }));
    expect(await client.soFar()).toEqual(
      ours.map((topic) => ({ type: 'error', message: `Not allowed to publish to ${topic}` })),
    );
    expect((await hermes.soFar()).map(({ channel }) => channel)).toEqual(['p']);
    await node.stop();
    await rm(folder, { recursive: true });
  });

  it('T-15 keeps the names of features that are off free', async () => {
    const node = await Node.start({ HERMES_TOPICS_PUBLISH: 'anybody' });
    const client = await TopicClient.connect(node);
    for (const topic of ['chat', 'wss']) await client.subscribe(topic);
    for (const topic of ['chat', 'wss']) client.raw(JSON.stringify({ topic, data: topic }));
    expect(await client.soFar()).toEqual(['chat', 'wss']);
    await node.stop();
  });

  it('T-15 lets clients publish to the prefixes that the operator lists, and to nothing else', async () => {
    const node = await Node.start({
      HERMES_TOPICS_PUBLISH: 'anybody',
      HERMES_TOPICS_PUBLISH_PREFIXES: 'game:,room.',
    });
    const client = await TopicClient.connect(node);
    const others = ['ctp.notifications.prices', 'rooms', 'hermes.events', 'chat ', ' game:1', 'Game:1', 'string:game:'];
    const topics = ['game:7', 'room.', ...others];
    for (const topic of topics) await client.subscribe(topic);
    for (const topic of topics) client.raw(JSON.stringify({ topic, data: topic }));
    expect(await client.soFar()).toEqual([
      'game:7',
      'room.',
      ...others.map((topic) => ({ type: 'error', message: `Not allowed to publish to ${topic}` })),
    ]);
    await node.stop();
  });

  it('T-15 lets nobody publish unless told so', async () => {
    const node = await Node.start();
    const client = await TopicClient.connect(node);
    await client.subscribe('p');
    client.raw('{"topic":"p","data":1}');
    expect(await client.soFar()).toEqual([{ type: 'error', message: 'Not allowed to publish to p' }]);
    await node.stop();
  });
});

describe('the protocol of the topic broker, keeping the connection', () => {
  it('T-25 pings in the protocol of WebSocket, keeps who answers and closes who has vanished with 4000', async () => {
    const node = await Node.start({ HERMES_PING_INTERVAL: '200ms', HERMES_PONG_TIMEOUT: '3s' });
    const url = `ws://127.0.0.1:${node.port}/_ws/topics`;
    const vanished = await Client.connect(url, { autoPong: false });
    const lively = await Client.connect(url);
    let pings = 0;
    lively.socket.on('ping', () => pings++);
    expect(await vanished.closed).toBe(4000);
    const answered = pings;
    await waitFor('further pings', () => pings > answered + 2);
    expect(lively.socket.readyState).toBe(lively.socket.OPEN);
    expect([vanished.received, lively.received]).toEqual([[WELCOME], [WELCOME]]);
    expect(await node.metric('hermes_sessions_closed_total{code="4000"}')).toBe(1);
    await node.stop();
  });

  it('T-26 closes who floods, and who does not read, like every other client of Hermes', async () => {
    const node = await Node.start({
      HERMES_COMMAND_BURST: '10',
      HERMES_COMMAND_RATE: '5',
      HERMES_OUTBOX_LIMIT: '64KiB',
    });
    const flooder = await TopicClient.connect(node);
    for (let index = 0; index < 40; index++) flooder.raw('{"type":"unsubscribe","topic":"a"}');
    expect(await flooder.closed).toBe(4029);
    const slow = await TopicClient.connect(node);
    await slow.subscribe('prices');
    slow.socket.pause();
    const data = 'x'.repeat(60_000);
    while ((await node.metric('hermes_sessions_closed_total{code="4008"}')) !== 1) {
      await node.publish({ data }, { data }, { data }, { data });
    }
    slow.socket.resume();
    expect(await slow.closed).toBe(4008);
    await node.stop();
  });
});

describe('the protocol page of the topic broker', () => {
  it('has a test for every clause', () => {
    const clauses = readFileSync(PROTOCOL, 'utf8').match(/\*\*T-\d+\*\*/g) ?? [];
    const tests = readFileSync(__filename, 'utf8');
    const missing = clauses
      .map((clause) => clause.replaceAll('*', ''))
      .filter((clause) => !tests.includes(`'${clause} `));
    expect(clauses.length).toBe(27);
    expect(missing).toEqual([]);
  });
});
