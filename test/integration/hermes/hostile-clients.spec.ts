import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { Delivery } from '../../../src/delivery/index.js';
import { SessionService } from '../../../src/sessions/index.js';
import { Client, payloadOf } from '../../support/hermes/client.js';
import { Node } from '../../support/hermes/node.js';
import { Product } from '../../support/hermes/product.js';
import { RawClient, frame, upgradeRequest } from '../../support/hermes/raw-client.js';
import { waitFor } from '../../support/index.js';

const COMMANDS = ['handshake', 'subscribe', 'unsubscribe', 'mute', 'cache', 'authorize', 'unauthorize', 'pong'];
const BIG_TOKEN = 't'.repeat(8 * 1024);

const PROVIDERS = {
  user: {
    type: 'static',
    tokens: { alice: { userId: 'alice' }, [BIG_TOKEN]: { userId: 'the one with the big token' } },
  },
};

/** Everything that `/metrics` counts of the sessions that are there now. */
const GAUGES = [
  'hermes_sessions{gateway="hermes",state="anonymous"}',
  'hermes_sessions{gateway="hermes",state="authorized"}',
  'hermes_users',
  'hermes_subscriptions',
  'hermes_topics',
  'hermes_pending_bytes',
  'hermes_blocked_sessions',
];

let node: Node;

afterEach(() => node.stop());

async function start(environment: Record<string, string> = {}): Promise<void> {
  node = await Node.start({
    HERMES_AUTH_PROVIDERS: JSON.stringify(PROVIDERS),
    HERMES_COMMAND_RATE: '0',
    ...environment,
  });
}

async function gauges(): Promise<(number | undefined)[]> {
  return Promise.all(GAUGES.map((name) => node.metric(name)));
}

function allZero(): Promise<boolean> {
  return waitFor('every gauge to be back at zero', async () => (await gauges()).every((value) => value === 0));
}

function sessions(): number {
  return node.app.get(SessionService).sessions.size;
}

/** A well-behaved client, to see that it has nothing to suffer from the others. */
class Witness {
  static async arrives(): Promise<Witness> {
    const client = await node.client();
    await client.subscribe('prices');
    return new Witness(client);
  }

  private constructor(private readonly client: Client) {}

  /** What it gets when something is published now. */
  async sees(): Promise<unknown[]> {
    await node.publish({ data: 'still here' });
    return (await this.client.soFar()).map(payloadOf);
  }
}

describe('what a client may send', () => {
  const anId = fc.oneof(fc.string(), fc.integer(), fc.double(), fc.jsonValue());
  const aBody = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        channel: fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.jsonValue()),
        event: fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.jsonValue()),
        token: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
        origin: fc.oneof(fc.constantFrom('user', '__proto__', 'toString'), fc.jsonValue()),
        role: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
      },
      { requiredKeys: [] },
    ),
  );
  const almostACommand = fc
    .record(
      {
        channel: fc.oneof({ weight: 5, arbitrary: fc.constant('ws_status') }, { weight: 1, arbitrary: fc.jsonValue() }),
        event: fc.oneof(fc.constantFrom(...COMMANDS, '__proto__', 'constructor', 'ping', 'error'), fc.jsonValue()),
        command: aBody,
        id: anId,
      },
      { requiredKeys: [] },
    )
    .map((command) => JSON.stringify(command));
  const aFrame = fc.oneof(
    { weight: 3, arbitrary: almostACommand },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 2_000 }) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)) },
  );

  it('may be any frame: each is answered at most once, in the words of the protocol, and the connection stays', async () => {
    await start();
    const witness = await Witness.arrives();
    await fc.assert(
      fc.asyncProperty(fc.array(aFrame, { minLength: 1, maxLength: 20 }), async (frames) => {
        const client = await Client.connect(node.subscribeUrl);
        for (const one of frames) client.raw(one);
        const answers = await client.soFar();
        expect(answers.length).toBeLessThanOrEqual(frames.length);
        for (const { channel, event } of answers) {
          expect(channel).toBe('ws_status');
          expect([...COMMANDS, 'error']).toContain(event);
        }
        await client.close();
      }),
      { numRuns: 60 },
    );
    expect(await witness.sees()).toEqual(['still here']);
  });

  it('may be any bytes at all, which end its own connection and nothing else', async () => {
    await start();
    const witness = await Witness.arrives();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        const client = await RawClient.open(node.port);
        client.socket.end(Buffer.from(bytes));
        expect([1000, 1001, 1002, 1005, 1006, 1007, 1009]).toContain(await client.closed);
      }),
      { numRuns: 200 },
    );
    await waitFor('nobody but the witness to be left', () => sessions() === 1);
    expect(await witness.sees()).toEqual(['still here']);
  });

  it.each<[string, Buffer, number]>([
    ['an unmasked frame', frame('{}', { masked: false }), 1002],
    ['a compressed frame nobody agreed on', frame('{}', { reserved: 4 }), 1002],
    ['a reserved bit', frame('{}', { reserved: 1 }), 1002],
    ['an opcode that does not exist', frame('{}', { opcode: 3 }), 1002],
    ['a continuation of nothing', frame('{}', { opcode: 0 }), 1002],
    ['a new message inside another', Buffer.concat([frame('{', { fin: false }), frame('{}')]), 1002],
    ['a ping in fragments', frame('', { opcode: 9, fin: false }), 1002],
    ['a ping that is too long', frame('x'.repeat(126), { opcode: 9 }), 1002],
    ['a close frame with half a code', frame('x', { opcode: 8 }), 1002],
    ['a close frame with a code nobody may send', frame(Buffer.from([3, 238]), { opcode: 8 }), 1002],
    ['a text frame that is not UTF-8', frame(Buffer.from([0xc3, 0x28])), 1007],
    [
      'a text in fragments that is not UTF-8',
      Buffer.concat([frame(Buffer.from([0xc3]), { fin: false }), frame(Buffer.from([0x28]), { opcode: 0 })]),
      1007,
    ],
    ['a length beyond all numbers', frame('', { length: 2n ** 63n }), 1009],
    ['a gigabyte that is only announced', frame('', { length: 2n ** 30n }), 1009],
    [
      'fragments that together are too large',
      Buffer.concat([frame('x'.repeat(40_000), { fin: false }), frame('x'.repeat(40_000), { opcode: 0, fin: false })]),
      1009,
    ],
  ])('is refused with a close code for %s', async (_, bytes, code) => {
    await start();
    const witness = await Witness.arrives();
    const client = await RawClient.open(node.port);
    client.socket.write(bytes);
    expect(await client.closed).toBe(code);
    expect(await witness.sees()).toEqual(['still here']);
  });

  it.each<[string, string]>([
    ['of one letter', 'x'],
    ['of nothing', ''],
  ])('may not be one message in endless fragments %s', async (_, payload) => {
    await start();
    const witness = await Witness.arrives();
    const client = await RawClient.open(node.port);
    client.send('{', { fin: false });
    const block = Buffer.concat(Array.from({ length: 1_000 }, () => frame(payload, { opcode: 0, fin: false })));
    await client.stream(Array.from({ length: 1_000 }, () => block));
    expect(await client.closed).toBe(1008);
    expect(await witness.sees()).toEqual(['still here']);
  });

  it.each<[string, (depth: number) => string]>([
    ['a field', (depth) => `{"channel":${'['.repeat(depth)}${']'.repeat(depth)}}`],
    ['the body', (depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`],
  ])('may be as deep as a frame can be, in %s of a command', async (_, nest) => {
    await start({ HERMES_MAX_FRAME: '4MiB' });
    const client = await node.client();
    for (const depth of [1_000, 100_000, 500_000]) {
      client.raw(`{"channel":"ws_status","event":"subscribe","command":${nest(depth)},"id":${depth}}`);
      expect(await client.next()).toMatchObject({ id: depth, data: { resultCode: 400 } });
    }
    expect(await client.ask('handshake')).toMatchObject({ event: 'handshake' });
  });

  it('may be a token of 8 KiB', async () => {
    await start();
    const client = await node.client();
    expect(await client.authorize(BIG_TOKEN)).toBe(200);
    expect(await client.authorize(`${BIG_TOKEN}!`)).toBe(403);
  });

  it('may be nothing but WebSocket pings whose pongs are never read: its connection is ended', async () => {
    await start();
    const witness = await Witness.arrives();
    const client = await RawClient.open(node.port);
    client.socket.pause();
    const block = Buffer.concat(Array.from({ length: 1_000 }, () => frame('p'.repeat(125), { opcode: 9 })));
    await client.stream(Array.from({ length: 1_000 }, () => block));
    await waitFor('nobody but the witness to be left', () => sessions() === 1);
    client.socket.destroy();
    expect(await witness.sees()).toEqual(['still here']);
  });

  it('may be nothing but nonsense whose answers are never read: it is closed with 4008', async () => {
    await start();
    const witness = await Witness.arrives();
    const client = await RawClient.open(node.port);
    client.socket.pause();
    const block = Buffer.concat(Array.from({ length: 1_000 }, () => frame('nonsense')));
    const sending = client.stream(Array.from({ length: 1_000 }, () => block));
    await waitFor(
      'the client to be closed',
      async () => (await node.metric('hermes_sessions_closed_total{code="4008"}')) === 1,
    );
    client.socket.destroy();
    await sending;
    expect(await witness.sees()).toEqual(['still here']);
    expect(await node.metric('hermes_pending_bytes')).toBe(0);
  });
});

describe('how a client may come', () => {
  const no = undefined;
  it.each<[string, string, number]>([
    ['another path', upgradeRequest({ path: '/_ws/other' }), 404],
    ['a path that climbs', upgradeRequest({ path: '/x/../_ws/subscribe' }), 404],
    ['a path with two slashes', upgradeRequest({ path: '//_ws/subscribe' }), 404],
    ['a path of one megabyte', upgradeRequest({ path: `/${'x'.repeat(1024 ** 2)}` }), 431],
    ['the origin of others', upgradeRequest({ headers: { Origin: 'https://evil.example' } }), 403],
    ['an origin that is none', upgradeRequest({ headers: { Origin: 'http://[' } }), 403],
    ['an opaque origin', upgradeRequest({ headers: { Origin: 'null' } }), 403],
    ['a host that is none beside an origin', upgradeRequest({ headers: { Host: '%', Origin: 'http://a' } }), 403],
    ['no key', upgradeRequest({ headers: { 'Sec-WebSocket-Key': no } }), 400],
    ['a key that is none', upgradeRequest({ headers: { 'Sec-WebSocket-Key': 'x' } }), 400],
    ['no version', upgradeRequest({ headers: { 'Sec-WebSocket-Version': no } }), 400],
    ['a version of the future', upgradeRequest({ headers: { 'Sec-WebSocket-Version': '99' } }), 426],
    ['a version of the past', upgradeRequest({ headers: { 'Sec-WebSocket-Version': '8' } }), 426],
    ['another protocol', upgradeRequest({ headers: { Upgrade: 'h2c' } }), 400],
    ['another method', upgradeRequest({ method: 'POST' }), 405],
    ['bytes that are no request', '\u0000\u0001 not HTTP at all\r\n\r\n', 400],
  ])('with %s, and is turned away', async (_, request, status) => {
    await start();
    expect(await RawClient.statusOf(node.port, request)).toBe(status);
    const counted = await node.metric(`hermes_upgrades_refused_total{status="${status}"}`);
    // What the HTTP parser refuses is no upgrade yet.
    expect(counted).toBe(request.startsWith('\0') || request.length > 100_000 ? undefined : 1);
    expect(sessions()).toBe(0);
  });

  it('and vanish in the middle of the handshake, or right behind it', async () => {
    await start();
    const witness = await Witness.arrives();
    const request = upgradeRequest();
    for (let index = 0; index < 300; index++) {
      const client = await RawClient.dial(node.port);
      client.socket.write(index % 2 === 0 ? request : request.slice(0, request.length / 2));
      await client.reset();
    }
    await waitFor('nobody but the witness to be left', () => sessions() === 1);
    expect(await witness.sees()).toEqual(['still here']);
  });

  it('only until there are as many as may be, and again when one has left', async () => {
    await start({ HERMES_MAX_SESSIONS: '50' });
    const clients = await Promise.all(Array.from({ length: 50 }, () => node.client()));
    await expect(Client.connect(node.subscribeUrl)).rejects.toThrow('503');
    await expect(Client.connect(node.subscribeUrl)).rejects.toThrow('503');
    expect(await node.metric('hermes_upgrades_refused_total{status="503"}')).toBe(2);
    expect(await clients[0]?.ask('handshake')).toMatchObject({ event: 'handshake' });

    await clients[0]?.close();
    await waitFor('room for one more', () => node.client().catch(() => undefined));
    expect(sessions()).toBe(50);
  });
});

describe('how a client may stay', () => {
  it.each(['close', 'drop'])(
    'never reading (and the node may %s): fifty others get everything, in order',
    async (overflow) => {
      await start({ HERMES_OUTBOX_OVERFLOW: overflow });
      const silent = await node.client();
      const others = await Promise.all(Array.from({ length: 50 }, () => node.client()));
      for (const client of [silent, ...others]) await client.subscribe('prices');
      await silent.subscribe('heavy');
      silent.socket.pause();
      const padding = { channel: 'heavy', data: 'x'.repeat(60_000) };
      const result =
        overflow === 'close' ? 'hermes_sessions_closed_total{code="4008"}' : 'hermes_drops_total{reason="outbox_full"}';
      let number = 0;
      while (!((await node.metric(result)) ?? 0) || number < 500) {
        await node.publish({ data: number++ }, padding, { data: number++ }, padding, { data: number++ }, padding);
        expect(number).toBeLessThan(5_000);
      }
      const numbers = Array.from({ length: number }, (_, index) => index);
      for (const client of others) expect((await client.soFar()).map(payloadOf)).toEqual(numbers);
      silent.socket.terminate();
    },
  );

  it('without ever answering a ping, with its half of the connection open: it is closed with 4000 and let go', async () => {
    await start({ HERMES_PING_INTERVAL: '200ms', HERMES_PONG_TIMEOUT: '3s' });
    const lively = await node.client();
    lively.socket.on('message', () => lively.send('pong'));
    const halfOpen = await Promise.all(Array.from({ length: 50 }, () => RawClient.open(node.port)));
    for (const client of halfOpen) client.socket.pause();
    await waitFor('the silent ones to be closed', () => sessions() === 1);
    expect(await node.metric('hermes_sessions_closed_total{code="4000"}')).toBe(50);
    expect(lively.socket.readyState).toBe(lively.socket.OPEN);

    // They never answer the close either. Their connections end all the same, from our side.
    await waitFor('their connections to be given up', async () => (await connections()) <= 2);
    for (const client of halfOpen) client.socket.destroy();
  });

  it('as one user on a thousand sessions, each of which gets what is for the user, once', async () => {
    await start();
    const hers = await Promise.all(Array.from({ length: 1_000 }, () => node.client()));
    const other = await node.client();
    await Promise.all(hers.map((client) => client.authorize('alice')));
    await Promise.all([...hers, other].map((client) => client.subscribe('prices')));
    expect(await node.metric('hermes_users')).toBe(1);

    await node.publish({ userId: 'alice', data: 1 }, { userId: 'bob', data: 2 }, { data: 3 });

    const seen = await Promise.all(hers.map((client) => client.soFar()));
    expect(seen.map((messages) => messages.map(payloadOf))).toEqual(hers.map(() => [1, 3]));
    expect((await other.soFar()).map(payloadOf)).toEqual([3]);
  });

  it('and go, ten thousand times over, and leave nothing behind', async () => {
    await start();
    const remembered: WeakRef<object>[] = [];
    for (let wave = 0; wave < 40; wave++) {
      const clients = await Promise.all(Array.from({ length: 250 }, () => Client.connect(node.subscribeUrl)));
      await Promise.all(clients.map((client, index) => busy(client, wave * 250 + index)));
      remembered.push(...references(20));
      await node.publish({ data: wave }, { userId: 'alice', data: wave });
      await Promise.all(clients.map((client, index) => leave(client, index)));
    }

    await allZero();
    const { index, users, queue, pressure } = node.app.get(Delivery);
    expect([index.size, index.topics, users.size, queue.blocked, pressure.bytes, sessions()]).toEqual([
      0, 0, 0, 0, 0, 0,
    ]);
    expect(await node.metric('hermes_sessions_closed_total{code="4008"}')).toBeUndefined();
    await waitFor('the memory of every session to be free', () => {
      collectGarbage();
      return remembered.every((reference) => reference.deref() === undefined);
    });
  }, 180_000);

  /** Some of the sessions that are here now, such that remembering them does not keep them. */
  function references(count: number): WeakRef<object>[] {
    return [...node.app.get(SessionService).sessions].slice(0, count).map((session) => new WeakRef(session));
  }

  async function busy(client: Client, number: number): Promise<void> {
    if (number % 2 === 0) client.send('authorize', { token: number % 4 === 0 ? 'alice' : 'nobody', origin: 'user' });
    client.send('subscribe', { channel: 'prices' });
    client.send('subscribe', { channel: `own ${number}`, event: 'tick' });
    client.send('mute', { event: `own ${number}` });
    await client.soFar();
  }

  async function leave(client: Client, index: number): Promise<void> {
    if (index % 2 === 0) client.socket.close();
    else client.socket.terminate();
    await client.closed;
  }

  function connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      node.app.getHttpServer().getConnections((error: Error | null, count: number) => {
        if (error) reject(error);
        else resolve(count);
      });
    });
  }
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('how much a client may ask for', () => {
  const WISHES = 200_000;

  function* wishes(): Generator<Buffer> {
    for (let first = 0; first < WISHES; first += 500) {
      const frames = Array.from({ length: 500 }, (_, index) =>
        frame(`{"channel":"ws_status","event":"subscribe","command":{"channel":"channel number ${first + index}"}}`),
      );
      yield Buffer.concat(frames);
    }
  }

  it('without limit, and gets a thousand subscriptions and an error for each further one, in a heap of 64 MiB', async () => {
    await start();
    const hermes = await Product.start({
      HERMES_COMMAND_RATE: '0',
      HERMES_PING_INTERVAL: '1h',
      NODE_OPTIONS: '--max-old-space-size=64',
    });
    const greedy = await RawClient.open(Number(new URL(hermes.url).port));
    await greedy.stream(wishes());
    const refused = 'hermes_commands_total{gateway="hermes",command="subscribe",outcome="refused"}';
    await waitFor('all wishes to be answered', async () => (await hermes.metric(refused)) === WISHES - 1_000, {
      timeout: 120_000,
    });

    expect(JSON.parse(greedy.texts[0] ?? '')).toEqual({
      channel: 'ws_status',
      event: 'error',
      data: { resultCode: 429, message: expect.stringContaining('too many subscriptions') },
    });
    expect(await hermes.metric('hermes_subscriptions')).toBe(1_000);
    expect(await hermes.metric('hermes_topics')).toBe(1_000);
    expect(greedy.socket.destroyed).toBe(false);
    await hermes.kill();
  }, 180_000);
});
