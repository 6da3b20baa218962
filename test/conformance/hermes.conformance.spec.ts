import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ClientEvent } from '@hermes/protocol';
import { ChatClient, type EventStream } from '../../libs/cli/src/chat/chat-client.js';
import { Client, type Message } from '../support/hermes/client.js';
import { Node } from '../support/hermes/node.js';
import { Product, PRODUCT_TIMEOUT } from '../support/hermes/product.js';
import { waitFor } from '../support/index.js';

const PROTOCOL = 'src/gateways/hermes/PROTOCOL.md';

const PROVIDERS = {
  user: {
    type: 'static',
    roles: ['user', 'admin'],
    tokens: {
      alice: { userId: 'alice', role: 'user' },
      root: { userId: 'root', role: 'admin' },
      bob: { userId: 'bob' },
      carol: { userId: 'carol' },
      brief: { userId: 'alice', role: 'user', ttl: 2 },
      'odd one': { userId: 'o"d\nd 🪶' },
    },
  },
};

function event(channel: string, name: string, payload: unknown, broadcast = true): Message {
  return { broadcast, channel, event: name, data: { [name]: payload } };
}

function error(message: Message): { resultCode: number; message: string } {
  expect(message).toMatchObject({ channel: 'ws_status', event: 'error' });
  return message['data'] as { resultCode: number; message: string };
}

function payloads(messages: readonly Message[]): unknown[] {
  return messages.map((message) => (message['data'] as Message)[message['event'] as string]);
}

/** A back end that answers when it is told to. */
async function slowProvider(): Promise<{
  server: Server;
  url: string;
  answer: (status: number, body?: string) => void;
}> {
  const answers: ((status: number, body?: string) => void)[] = [];
  const early: [number, string | undefined][] = [];
  const server = createServer((_, response) => {
    const answer = (status: number, body = ''): void => void response.writeHead(status).end(body);
    const first = early.shift();
    if (first) answer(...first);
    else answers.push(answer);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/validate-session`,
    answer: (status, body) => {
      const waiting = answers.shift();
      if (waiting) waiting(status, body);
      else early.push([status, body]);
    },
  };
}

describe('the Hermes JSON protocol', () => {
  let node: Node;
  let client: Client;
  let provider: Awaited<ReturnType<typeof slowProvider>>;

  beforeAll(async () => {
    provider = await slowProvider();
    const origins = { ...PROVIDERS, remote: { type: 'http', url: provider.url, header: 'X-Api-Key', accessKey: 'k' } };
    node = await Node.start({ HERMES_AUTH_PROVIDERS: JSON.stringify(origins), HERMES_MAX_SUBSCRIPTIONS: '5' });
  });

  afterAll(async () => {
    await node.stop();
    provider.server.closeAllConnections();
    provider.server.close();
  });

  beforeEach(async () => {
    client = await node.client();
  });

  afterEach(() => client.close());

  describe('connection', () => {
    it('H-1 is at /_ws/subscribe; another path is 404', async () => {
      await expect(Client.connect(`${node.subscribeUrl}/more`)).rejects.toThrow('404');
      await expect(Client.connect(`${node.subscribeUrl}?a=b`).then((other) => other.close())).resolves.toBeUndefined();
    });

    it('H-2 lets in pages of the same origin and clients without one, and no others', async () => {
      const same = await node.client({ origin: node.url });
      expect(await same.ask('handshake')).toMatchObject({ event: 'handshake' });
      await expect(Client.connect(node.subscribeUrl, { origin: 'https://evil.example' })).rejects.toThrow('403');
      await expect(Client.connect(node.subscribeUrl, { origin: 'null' })).rejects.toThrow('403');
    });

    it('H-3 reads a binary frame as text', async () => {
      client.raw(Buffer.from('{"channel":"ws_status","event":"handshake","id":7}'));
      expect(await client.next()).toEqual({ channel: 'ws_status', event: 'handshake', id: 7 });
    });

    it('H-4 closes with 1009 on a frame over the limit', async () => {
      client.raw('x'.repeat(64 * 1024 + 1));
      expect(await client.closed).toBe(1009);
    });

    it('H-5 shows broadcasts to an anonymous session', async () => {
      await client.subscribe('prices', 'tick');
      await node.publish({ data: { p: 1 } });
      expect(await client.next()).toEqual(event('prices', 'tick', { p: 1 }));
    });
  });

  describe('commands', () => {
    it('H-6 answers in order: a subscribe behind a slow authorize waits for it', async () => {
      client.send('authorize', { token: 't', origin: 'remote' }, 1);
      client.send('subscribe', { channel: 'prices' }, 2);
      client.send('handshake', undefined, 3);
      await node.publish({ data: 'before' });
      provider.answer(200, '{"userId":"carol"}');
      expect((await client.take(3)).map(({ id }) => id)).toEqual([1, 2, 3]);
      await node.publish({ data: 'after' });
      expect(payloads(await client.soFar())).toEqual(['after']);
    });

    it('H-7 gives the id back with its type, and none where none was given', async () => {
      expect((await client.ask('handshake', undefined, 0))['id']).toBe(0);
      expect((await client.ask('handshake', undefined, '0'))['id']).toBe('0');
      client.send('handshake');
      expect(await client.next()).not.toHaveProperty('id');
      client.raw('{"channel":"ws_status","event":"handshake","id":{"a":1}}');
      expect(error(await client.next()).message).toMatch(/^id must be/);
    });

    it('H-8 answers a handshake', async () => {
      client.send('handshake');
      expect(await client.next()).toEqual({ channel: 'ws_status', event: 'handshake' });
    });

    it.each([
      ['a channel and an event', { channel: 'a', event: 'x' }, ['a/x']],
      ['a channel', { channel: 'a' }, ['a/x', 'a/y']],
      ['a channel and the empty event', { channel: 'a', event: '' }, ['a/x', 'a/y']],
      ['a channel and any event', { channel: 'a', event: '***' }, ['a/x', 'a/y']],
      ['any channel and an event', { channel: '***', event: 'x' }, ['a/x', 'b/x']],
      ['everything', { channel: '***' }, ['a/x', 'a/y', 'b/x', 'b/y']],
    ])('H-9 subscribes to %s', async (_, command, expected) => {
      client.send('subscribe', command);
      client.send('subscribe', command);
      await client.soFar();
      const names = ['a/x', 'a/y', 'b/x', 'b/y'].map((name) => name.split('/'));
      await node.publish(...names.map(([channel = '', name = '']) => ({ channel, event: name })));
      const seen = (await client.soFar()).map((message) => `${message['channel']}/${message['event']}`);
      expect(seen).toEqual(expected);
    });

    it('H-10 takes back one subscription, or all of a channel', async () => {
      await client.subscribe('a', 'x');
      await client.subscribe('a', 'y');
      await client.ask('unsubscribe', { channel: 'a', event: 'x' });
      await node.publish({ channel: 'a', event: 'x' }, { channel: 'a', event: 'y' });
      expect((await client.soFar()).map((message) => message['event'])).toEqual(['y']);
      await client.subscribe('a', 'x');
      await client.ask('unsubscribe', { channel: 'a' });
      await node.publish({ channel: 'a', event: 'x' }, { channel: 'a', event: 'y' });
      expect(await client.soFar()).toEqual([]);
      expect(await client.ask('unsubscribe', { channel: 'never' }, 9)).toMatchObject({ data: { resultCode: 200 } });
    });

    it('H-11 mutes an event everywhere until it is subscribed to by name', async () => {
      await client.subscribe('***');
      await client.ask('mute', { event: 'tick' });
      await client.subscribe('prices');
      await node.publish({ data: 1 }, { event: 'tock', data: 2 }, { channel: 'other', data: 3 });
      expect(payloads(await client.soFar())).toEqual([2]);
      await client.subscribe('prices', 'tick');
      await node.publish({ data: 4 }, { channel: 'other', data: 5 });
      expect(payloads(await client.soFar())).toEqual([4, 5]);
    });

    it('H-12 replays with cache what matches now, seen or not', async () => {
      await client.subscribe('kept-12');
      await node.publish({ channel: 'kept-12', data: 1, cacheTtl: -1 }, { channel: 'kept-12', data: 2 });
      expect(payloads(await client.soFar())).toEqual([1, 2]);
      client.send('cache', undefined, 'c');
      expect(payloads([await client.next()])).toEqual([1]);
      expect(await client.next()).toMatchObject({ event: 'cache', id: 'c' });
    });

    it('H-13 acknowledges only with an id, behind the kept events it brought', async () => {
      await node.publish({ channel: 'kept-13', data: 1, cacheTtl: 60 });
      client.send('subscribe', { channel: 'kept-13' });
      expect(payloads(await client.soFar())).toEqual([1]);
      const other = await node.client();
      other.send('subscribe', { channel: 'kept-13' }, 5);
      expect(payloads([await other.next()])).toEqual([1]);
      expect(await other.next()).toEqual({
        channel: 'ws_status',
        event: 'subscribe',
        id: 5,
        data: { resultCode: 200 },
      });
      for (const [name, command] of [
        ['unsubscribe', { channel: 'kept-13' }],
        ['mute', { event: 'x' }],
        ['cache', undefined],
      ] as const) {
        expect(await other.ask(name, command, 6)).toEqual({
          channel: 'ws_status',
          event: name,
          id: 6,
          data: { resultCode: 200 },
        });
        other.send(name, command);
      }
      expect(await other.soFar()).toEqual([]);
    });

    it('H-14 does not answer a pong', async () => {
      client.send('pong', undefined, 1);
      expect(await client.soFar()).toEqual([]);
    });

    it.each([
      ['no JSON', 'nonsense', 'a message is a JSON object'],
      ['nothing', '', 'a message is a JSON object'],
      ['an array', '[]', 'a message is a JSON object'],
      ['a number', '1', 'a message is a JSON object'],
      ['null', 'null', 'a message is a JSON object'],
      ['deep nesting', '['.repeat(30_000), 'a message is a JSON object'],
      ['deep valid nesting', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, 'a message is a JSON object'],
      ['half a message', '{"channel":"ws_status"', 'a message is a JSON object'],
      ['another channel', '{"channel":"x","event":"handshake"}', 'channel must be "ws_status"'],
      ['no channel', '{"event":"handshake"}', 'channel must be "ws_status"'],
      ['an unknown event', '{"channel":"ws_status","event":"dance"}', 'event is not a known command'],
      ['a prototype name', '{"channel":"ws_status","event":"constructor"}', 'event is not a known command'],
      ['an event of a wrong type', '{"channel":"ws_status","event":1}', 'event must be a string'],
      [
        'a command of a wrong type',
        '{"channel":"ws_status","event":"subscribe","command":[]}',
        'command must be an object',
      ],
      ['no command', '{"channel":"ws_status","event":"subscribe"}', 'command.channel must be'],
      [
        'an empty channel',
        '{"channel":"ws_status","event":"subscribe","command":{"channel":""}}',
        'command.channel must be',
      ],
      [
        'a channel of a wrong type',
        '{"channel":"ws_status","event":"subscribe","command":{"channel":{}}}',
        'command.channel must be',
      ],
      [
        'an event name of a wrong type',
        '{"channel":"ws_status","event":"subscribe","command":{"channel":"a","event":1}}',
        'command.event must be',
      ],
      [
        'a long channel',
        `{"channel":"ws_status","event":"subscribe","command":{"channel":"${'a'.repeat(257)}"}}`,
        'command.channel must be',
      ],
      ['a mute of nothing', '{"channel":"ws_status","event":"mute","command":{}}', 'command.event must be'],
      ['no token', '{"channel":"ws_status","event":"authorize","command":{"origin":"user"}}', 'command.token must be'],
      [
        'a token of a wrong type',
        '{"channel":"ws_status","event":"authorize","command":{"token":["s3cret"],"origin":"user"}}',
        'command.token must be',
      ],
      [
        'an origin of a wrong type',
        '{"channel":"ws_status","event":"authorize","command":{"token":"t","origin":1}}',
        'command.origin must be',
      ],
      [
        'a role of a wrong type',
        '{"channel":"ws_status","event":"authorize","command":{"token":"t","origin":"user","role":1}}',
        'command.role must be',
      ],
      ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]), 'a message is a JSON object'],
    ])('H-15 answers %s with an error and stays open', async (_, frame, sentence) => {
      client.raw(frame);
      const answer = await client.next();
      expect(error(answer)).toMatchObject({ resultCode: 400, message: expect.stringContaining(sentence) });
      expect(JSON.stringify(answer)).not.toContain('s3cret');
      expect(await client.soFar()).toEqual([]);
    });

    it('H-15 gives the id back in an error when there was one', async () => {
      client.raw('{"channel":"ws_status","event":"dance","id":"d"}');
      expect(await client.next()).toMatchObject({ event: 'error', id: 'd' });
      expect(await client.ask('subscribe', {}, 12)).toMatchObject({ event: 'error', id: 12 });
    });

    it('H-16 bounds the subscriptions of a session', async () => {
      for (let index = 0; index < 5; index++) await client.subscribe(`channel ${index}`);
      expect(error(await client.ask('subscribe', { channel: 'one more' })).resultCode).toBe(429);
      expect(error(await client.ask('mute', { event: 'one more' })).resultCode).toBe(429);
      await client.ask('unsubscribe', { channel: 'channel 0' });
      await client.subscribe('one more');
    });
  });

  describe('authorization', () => {
    it('H-17 answers success or failed with a code', async () => {
      client.send('authorize', { token: 'alice', origin: 'user', role: 'user' });
      expect(await client.next()).toEqual({
        channel: 'ws_status',
        event: 'authorize',
        data: { resultCode: 200, authorize: 'success' },
      });
      client.send('authorize', { token: 'nobody', origin: 'user' }, 'again');
      expect(await client.next()).toEqual({
        channel: 'ws_status',
        event: 'authorize',
        id: 'again',
        data: { resultCode: 403, authorize: 'failed' },
      });
    });

    it.each([
      [401, 401, ''],
      [403, 403, ''],
      [404, 404, ''],
      [500, 500, ''],
      [204, 204, ''],
      [200, 502, 'rubbish'],
      [200, 502, '{"ttl":5}'],
      [200, 502, '{"userId":""}'],
    ])('H-18 turns status %i of the provider into %i (body: %s)', async (status, code, body) => {
      provider.answer(status, body);
      expect(await client.authorize('t', 'remote')).toBe(code);
    });

    it('H-18 answers 406 for an origin or a role that is not allowed', async () => {
      expect(await client.authorize('alice', 'elsewhere', 'user')).toBe(406);
      expect(await client.authorize('alice', 'user', 'emperor')).toBe(406);
    });

    it('H-19 counts a role only when verified, and forgets it when an authorize fails', async () => {
      await client.subscribe('prices');
      expect(await client.authorize('alice', 'user', 'admin')).not.toBe(200);
      await node.publish({ role: 'admin', data: 1 });
      expect(await client.authorize('root', 'user', 'admin')).toBe(200);
      await node.publish({ role: 'admin', data: 2 });
      expect(payloads([await client.next()])).toEqual([2]);
      expect(await client.authorize('nobody', 'user', 'admin')).toBe(403);
      await node.publish({ role: 'admin', data: 3 }, { userId: 'root', data: 4 });
      expect(await client.soFar()).toEqual([]);
    });

    it('H-19 forgets the identity when a claim is refused with 406 as well', async () => {
      await client.subscribe('prices');
      await client.authorize('root', 'user', 'admin');
      expect(await client.authorize('root', 'nowhere')).toBe(406);
      await node.publish({ role: 'admin' }, { userId: 'root' });
      expect(await client.soFar()).toEqual([]);
    });

    it('H-20 replaces the identity', async () => {
      await client.subscribe('prices');
      await client.authorize('alice');
      await client.authorize('bob');
      await node.publish({ userId: 'alice', data: 1 }, { userId: 'bob', data: 2 });
      expect(payloads(await client.soFar())).toEqual([2]);
    });

    it('H-21 ends an identity at its time and says so; the subscriptions stay', async () => {
      await client.subscribe('prices');
      await client.authorize('brief');
      await node.publish({ userId: 'alice', data: 1 });
      expect(payloads([await client.next()])).toEqual([1]);
      expect(await client.next()).toEqual({
        channel: 'ws_status',
        event: 'authorize',
        data: { resultCode: 401, authorize: 'failed' },
      });
      await node.publish({ userId: 'alice', data: 2 }, { data: 3 });
      expect(payloads(await client.soFar())).toEqual([3]);
    });

    it('H-22 makes the session anonymous with unauthorize', async () => {
      await client.subscribe('prices');
      await client.authorize('alice');
      client.send('unauthorize');
      expect(await client.next()).toEqual({
        channel: 'ws_status',
        event: 'unauthorize',
        data: { resultCode: 200, authorize: 'success' },
      });
      await node.publish({ userId: 'alice' });
      expect(await client.soFar()).toEqual([]);
    });
  });

  describe('events', () => {
    it('H-23 carries the payload byte for byte and tells direct from broadcast', async () => {
      await client.subscribe('a "quoted"\n🪶');
      await client.authorize('odd one');
      const texts: string[] = [];
      client.socket.on('message', (data: Buffer) => texts.push(data.toString()));
      const channel = JSON.stringify('a "quoted"\n🪶');
      const data = '{"z":1.0, "a":12345678901234567890,"e":1e2}';
      await node.post(`{"channel":${channel},"event":"e\\"v","visibility":"broadcast","data":${data}}`);
      await node.post(
        JSON.stringify({
          channel: 'a "quoted"\n🪶',
          event: 'd',
          visibility: 'direct',
          userId: 'o"d\nd 🪶',
          data: null,
        }),
      );
      await client.take(2);
      expect(texts).toEqual([
        `{"broadcast":true,"channel":${channel},"event":"e\\"v","data":{"e\\"v":${data}}}`,
        `{"broadcast":false,"channel":${channel},"event":"d","data":{"d":null}}`,
      ]);
    });

    it('H-24 sends one copy however many subscriptions match', async () => {
      await client.subscribe('***');
      await client.subscribe('***', 'tick');
      await client.subscribe('prices');
      await client.subscribe('prices', 'tick');
      await client.soFar();
      await node.publish({ data: 1 });
      expect(payloads(await client.soFar())).toEqual([1]);
    });

    it('H-25 brings each event to its audience and to nobody else', async () => {
      const [alice, second, root] = [await node.client(), await node.client(), await node.client()];
      await alice.authorize('alice', 'user', 'user');
      await second.authorize('alice', 'user', 'user');
      await root.authorize('root', 'user', 'admin');
      const everyone = [client, alice, second, root];
      for (const one of everyone) await one.subscribe('prices');
      await node.publish(
        { data: 'all' },
        { data: 'any', role: 'any' },
        { data: 'users', role: 'user' },
        { data: 'alice', userId: 'alice' },
        { data: 'alice as admin', userId: 'alice', role: 'admin' },
        { data: 'nobody', visibility: 'internal' },
        { channel: 'unsubscribed', data: 'alice elsewhere', userId: 'alice' },
      );
      const seen = await Promise.all(everyone.map(async (one) => payloads(await one.soFar())));
      const alices = ['all', 'any', 'users', 'alice'];
      expect(seen).toEqual([['all', 'any'], alices, alices, ['all', 'any']]);
    });

    it('H-26 keeps the order of a channel', async () => {
      await client.subscribe('prices');
      const numbers = Array.from({ length: 2_000 }, (_, index) => index);
      await node.publish(...numbers.map((data) => ({ data })));
      expect(payloads(await client.take(2_000))).toEqual(numbers);
    });

    it('H-27 replays kept events once, in order, to those who may see them', async () => {
      await client.subscribe('kept-27', 'a');
      const kept = { channel: 'kept-27', cacheTtl: -1 };
      await node.publish(
        { ...kept, event: 'a', data: 1 },
        { ...kept, event: 'b', data: 2 },
        { ...kept, event: 'b', data: 'for admins', role: 'admin' },
        { ...kept, event: 'b', data: 'for alice', userId: 'alice' },
        { ...kept, event: 'b', data: 'old', cacheKey: 'k' },
        { ...kept, event: 'b', data: 'new', cacheKey: 'k' },
        { ...kept, event: 'b', data: 'not kept', cacheTtl: 0 },
      );
      expect(payloads(await client.soFar())).toEqual([1]);
      client.send('subscribe', { channel: 'kept-27' });
      expect(payloads(await client.soFar())).toEqual([2, 'new']);
      client.send('unsubscribe', { channel: 'kept-27' });
      client.send('subscribe', { channel: 'kept-27' });
      expect(payloads(await client.soFar())).toEqual([]);
      client.send('authorize', { token: 'alice', origin: 'user', role: 'user' });
      const [replayed, answer] = await client.take(2);
      expect(payloads([replayed ?? {}])).toEqual(['for alice']);
      expect(answer).toMatchObject({ event: 'authorize' });
      await client.authorize('alice');
      expect(await client.soFar()).toEqual([]);
    });
  });
});

describe('the Hermes JSON protocol, keeping the connection', () => {
  let node: Node;

  async function start(environment: Record<string, string>): Promise<Client> {
    node = await Node.start(environment);
    return node.client();
  }

  afterEach(() => node.stop());

  it('H-28 pings, keeps who answers and closes who does not with 4000', async () => {
    const silent = await start({ HERMES_PING_INTERVAL: '200ms', HERMES_PONG_TIMEOUT: '3s' });
    const lively = await node.client();
    lively.socket.on('message', () => lively.send('pong'));
    expect(await silent.next()).toEqual({ channel: 'ws_status', event: 'ping' });
    expect(await silent.closed).toBe(4000);
    await lively.take(3);
    expect(lively.socket.readyState).toBe(lively.socket.OPEN);
    expect(await node.metric('hermes_sessions_closed_total{code="4000"}')).toBe(1);
  });

  it('H-28 hears the answer of a client whose other commands take their time', async () => {
    const silent = await slowProvider();
    const patient = await start({
      HERMES_PING_INTERVAL: '200ms',
      HERMES_PONG_TIMEOUT: '1500ms',
      HERMES_AUTH_TIMEOUT: '20s',
      HERMES_AUTH_PROVIDERS: JSON.stringify({ slow: { type: 'http', url: silent.url } }),
    });
    let pings = 0;
    patient.socket.on('message', (data: Buffer) => {
      if (!data.toString().includes('"ping"')) return;
      pings++;
      patient.send('pong');
    });
    patient.send('authorize', { token: 't', origin: 'slow', role: '' });
    await waitFor('pings beyond the time for a pong', () => pings > 10);
    expect(patient.socket.readyState).toBe(patient.socket.OPEN);
    silent.answer(403);
    silent.server.close();
  });

  it('H-29 closes a client that does not read with 4008, and delays no other', async () => {
    const slow = await start({ HERMES_OUTBOX_LIMIT: '64KiB' });
    const quick = await node.client();
    await slow.subscribe('prices');
    await quick.subscribe('prices');
    slow.socket.pause();
    const data = 'x'.repeat(60_000);
    let sent = 0;
    while ((await node.metric('hermes_sessions_closed_total{code="4008"}')) !== 1) {
      await node.publish({ data }, { data }, { data }, { data });
      sent += 4;
      expect((await quick.take(4)).length).toBe(4);
      expect(sent).toBeLessThan(2_000);
    }
    slow.socket.resume();
    expect(await slow.closed).toBe(4008);
    expect(await node.metric('hermes_pending_bytes')).toBe(0);
  });

  it('H-29 drops the oldest events instead where the operator chose so', async () => {
    const slow = await start({ HERMES_OUTBOX_LIMIT: '256KiB', HERMES_OUTBOX_OVERFLOW: 'drop' });
    await slow.subscribe('prices');
    slow.socket.pause();
    const padding = 'x'.repeat(30_000);
    let number = 0;
    while (((await node.metric('hermes_drops_total{reason="outbox_full"}')) ?? 0) < 20) {
      await node.publish({ data: { number: number++, padding } }, { data: { number: number++, padding } });
      expect(number).toBeLessThan(4_000);
    }
    slow.socket.resume();
    const numbers = (payloads(await slow.soFar()) as { number: number }[]).map((payload) => payload.number);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(numbers.at(-1)).toBe(number - 1);
    expect(numbers.length).toBeLessThan(number);
  });

  it('H-30 warns a client that floods, carries out no more, and closes it with 4029', async () => {
    const flooder = await start({ HERMES_COMMAND_BURST: '10', HERMES_COMMAND_RATE: '2' });
    const calm = await node.client();
    // All at once: while one waits, there is time for another command again.
    for (let index = 0; index < 11; index++) flooder.send('handshake', undefined, index);
    expect((await flooder.take(10)).map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(error(await flooder.next())).toMatchObject({ resultCode: 429 });
    for (let index = 0; index < 20; index++) flooder.send('handshake', undefined, 'ignored');
    expect(await flooder.closed).toBe(4029);
    expect(flooder.received).toEqual([]);
    expect(await calm.ask('handshake')).toMatchObject({ event: 'handshake' });
  });

  it('H-31 closes with 1001 when the node stops, spread over the drain time', async () => {
    const first = await start({ HERMES_DRAIN: '2s' });
    const clients = [first, ...(await Promise.all(Array.from({ length: 20 }, () => node.client())))];
    const times: number[] = [];
    const codes = clients.map(({ closed }) => closed.finally(() => times.push(performance.now())));
    const stopped = node.app.close();
    expect(await Promise.all(codes)).toEqual(clients.map(() => 1001));
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(50);
    await stopped;
  });
});

/** A user who chats over gRPC, for what this protocol has no command for. */
class GrpcUser {
  readonly client: ChatClient;
  readonly #stream: EventStream;

  constructor(address: string, token: string) {
    this.client = new ChatClient({ address, tls: false, renews: false, token: () => token });
    this.#stream = this.client.events().on('error', () => undefined);
  }

  say(what: ClientEvent): void {
    this.#stream.write(what);
  }

  close(): void {
    this.#stream.cancel();
    this.client.close();
  }
}

// The embedded database is WebAssembly, which jest keeps from loading: so a process of its own.
describe('the Hermes JSON protocol, with chat', () => {
  let hermes: Product;
  let alice: Client;
  let bob: Client;
  let messages = 0;
  const users = new Map<string, GrpcUser>();

  beforeAll(async () => {
    hermes = await Product.start({
      HERMES_AUTH_PROVIDERS: JSON.stringify(PROVIDERS),
      HERMES_DATA_DIR: 'memory://',
      HERMES_GRPC_PORT: '0',
    });
    await hermes.ready();
    const file = join(hermes.folder, '.hermes/local.json');
    const local = JSON.parse(await waitFor('its address', () => readFileSync(file, 'utf8'))) as { grpc: string };
    for (const user of ['alice', 'bob', 'root']) users.set(user, new GrpcUser(local.grpc, user));
  }, PRODUCT_TIMEOUT);

  afterAll(async () => {
    for (const user of users.values()) user.close();
    await hermes.kill();
  });

  beforeEach(async () => {
    [alice, bob] = [await hermes.client(), await hermes.client()];
    await alice.authorize('alice');
    await bob.authorize('bob');
  });

  afterEach(() => Promise.all([alice, bob].map((client) => client.close())));

  function userOf(user: string): GrpcUser {
    const found = users.get(user);
    if (found === undefined) throw new Error(`${user} has no connection`);
    return found;
  }

  function chat(client: Client, name: string, command: object, id?: string | number): void {
    client.raw(JSON.stringify({ channel: 'chat', event: name, command, id }));
  }

  /** The next message that is no event: an answer. */
  async function answer(client: Client): Promise<Message> {
    for (;;) {
      const message = await client.next();
      if (!('broadcast' in message)) return message;
    }
  }

  async function sent(client: Client, command: object): Promise<Message> {
    chat(client, 'send', { id: `m${++messages}`, body: 'hi', ...command }, messages);
    const reply = await answer(client);
    expect(reply).toMatchObject({ channel: 'chat', event: 'send', data: { resultCode: 200 } });
    return reply['data'] as Message;
  }

  async function refused(client: Client, name: string, command: object): Promise<number> {
    chat(client, name, command, 'r');
    const reply = await answer(client);
    expect(reply['id']).toBe('r');
    return error(reply).resultCode;
  }

  /** The next entries of the log of a channel, with the names of their events; answers and other events are passed over. */
  async function entriesOf(client: Client, channelId: unknown, count: number): Promise<[unknown, unknown][]> {
    const entries: [unknown, unknown][] = [];
    while (entries.length < count) {
      const message = await client.next();
      const [payload] = 'broadcast' in message ? (payloads([message]) as [Message]) : [{}];
      if (payload['channelId'] === channelId) entries.push([message['event'], payload]);
    }
    return entries;
  }

  /** Waits for the event; what else comes before it is passed over. */
  async function heard(client: Client, name: string, part: object): Promise<Message> {
    for (;;) {
      const message = await client.next();
      if (message['channel'] !== 'chat' || message['event'] !== name) continue;
      expect(message).toMatchObject({ broadcast: false, data: { [name]: part } });
      return payloads([message])[0] as Message;
    }
  }

  it('H-32 stores a message and says where it is, once for the same id', async () => {
    chat(alice, 'send', { id: 'first', recipient: 'bob', body: 'hi' }, 1);
    const reply = await answer(alice);
    expect(reply).toEqual({
      channel: 'chat',
      event: 'send',
      id: 1,
      data: {
        resultCode: 200,
        channelId: expect.any(String),
        id: 'first',
        position: expect.any(Number),
        at: expect.any(Number),
        duplicate: false,
      },
    });
    const data = reply['data'] as { channelId: string; position: number };
    chat(alice, 'send', { id: 'first', channelId: data.channelId, body: 'hi' });
    expect(await answer(alice)).toEqual({ channel: 'chat', event: 'send', data: { ...data, duplicate: true } });
  });

  it('H-32 takes what a message may have beside its text', async () => {
    const { channelId, position } = await sent(alice, { recipient: 'bob' });
    const file = { url: 'https://files.example/1', type: 'image/png', name: 'cat.png', size: 7 };
    await bob.subscribe('chat', 'message');
    const answered = await sent(alice, { channelId, parent: position, attachments: [file], body: undefined });
    expect(await heard(bob, 'message', { position: answered['position'] })).toMatchObject({
      sender: 'alice',
      body: '',
      parent: position,
      attachments: [file],
    });
  });

  it('H-33 marks as read, and answers only with an id', async () => {
    const { channelId, position } = await sent(alice, { recipient: 'bob' });
    chat(bob, 'read', { channelId, position: Number(position) - 1 });
    expect(await bob.soFar()).toEqual([]);
    await alice.subscribe('chat', 'read');
    chat(bob, 'read', { channelId, position }, 'r');
    expect(await answer(bob)).toEqual({ channel: 'chat', event: 'read', id: 'r', data: { resultCode: 200 } });
    await heard(alice, 'read', { channelId, userId: 'bob', kind: 'READ', position });
  });

  it('H-34 says why something is not carried out', async () => {
    const none = '00000000-0000-4000-8000-000000000000';
    const message = { id: 'm', recipient: 'bob', body: 'hi' };
    const [news, passing] = await Promise.all([
      userOf('root').client.call('createChannel', { type: 'BROADCAST', name: 'news', members: [{ userId: 'bob' }] }),
      userOf('bob').client.call('createChannel', { type: 'GROUP', name: 'now', strategy: 'TRANSIENT' }),
    ]);

    for (const nonsense of [
      {},
      { ...message, id: 7 },
      { ...message, id: '' },
      { ...message, body: ['hi'] },
      { ...message, body: undefined },
      { ...message, channelId: none },
      { ...message, recipient: undefined },
      { ...message, recipient: 'alice' },
      { ...message, recipient: '\ud800' },
      { ...message, parent: -1 },
      { ...message, parent: '1' },
      { ...message, attachments: {} },
      { ...message, attachments: [null] },
      { ...message, attachments: [{ url: 7 }] },
    ]) {
      expect([nonsense, await refused(alice, 'send', nonsense)]).toEqual([nonsense, 400]);
    }
    expect(await refused(bob, 'read', { channelId: 'c', position: 1 })).toBe(400);
    expect(await refused(bob, 'read', { channelId: none, position: 0.5 })).toBe(400);
    expect(await refused(bob, 'dance', {})).toBe(400);
    expect(await refused(await hermes.client(), 'send', message)).toBe(401);
    expect(await refused(bob, 'send', { id: 'm', channelId: news.id, body: 'hi' })).toBe(403);
    expect(await refused(alice, 'send', { id: 'm', channelId: news.id, body: 'hi' })).toBe(404);
    expect(await refused(alice, 'read', { channelId: none, position: 1 })).toBe(404);
    expect(await refused(bob, 'read', { channelId: passing.id, position: 1 })).toBe(409);
  });

  it('H-34 says which setting turns chat on where it is off', async () => {
    const without = await Node.start({ HERMES_AUTH_PROVIDERS: JSON.stringify(PROVIDERS) });
    try {
      const client = await without.client();
      await client.authorize('alice');
      chat(client, 'send', { id: 'm', recipient: 'bob', body: 'hi' });
      const { resultCode, message } = error(await client.next());
      expect(resultCode).toBe(501);
      expect(message).toMatch(/HERMES_POSTGRES_URL or HERMES_DATA_DIR/);
    } finally {
      await without.stop();
    }
  });

  it('H-35 shows what happens in the channels of the user, in order and once', async () => {
    await alice.subscribe('chat');
    for (const name of [undefined, 'message']) await bob.subscribe('chat', name);
    await bob.subscribe('***');
    const { id: channelId } = await userOf('alice').client.call('createChannel', {
      type: 'GROUP',
      members: [{ userId: 'bob' }],
    });
    chat(alice, 'send', { id: 'a', channelId, body: 'one' });
    const seen = { alice: await entriesOf(alice, channelId, 2), bob: await entriesOf(bob, channelId, 2) };
    userOf('alice').say({ edit: { channelId, position: 2, body: 'won' } });
    for (const [client, entries] of [[alice, seen.alice] as const, [bob, seen.bob] as const]) {
      entries.push(...(await entriesOf(client, channelId, 1)));
    }
    chat(bob, 'send', { id: 'b', channelId, body: 'two' });
    seen.alice.push(...(await entriesOf(alice, channelId, 1)));
    seen.bob.push(...(await entriesOf(bob, channelId, 1)));

    expect(seen.bob).toEqual([
      ['membership', expect.objectContaining({ channelId, position: 1, kind: 'ADDED', by: 'alice' })],
      ['message', expect.objectContaining({ channelId, position: 2, id: 'a', sender: 'alice', body: 'one' })],
      ['changed', expect.objectContaining({ channelId, position: 3, by: 'alice' })],
      ['message', expect.objectContaining({ channelId, position: 4, id: 'b', sender: 'bob', body: 'two' })],
    ]);
    expect(seen.alice).toEqual(seen.bob);

    userOf('bob').say({ delivered: { channelId, position: 4 } });
    await heard(alice, 'delivered', { channelId, userId: 'bob', kind: 'DELIVERED', position: 4 });
    chat(bob, 'read', { channelId, position: 4 });
    await heard(alice, 'read', { channelId, userId: 'bob', kind: 'READ', position: 4 });
    userOf('alice').say({ typing: { channelId } });
    await heard(bob, 'typing', { channelId, userId: 'alice' });
  });

  it('H-35 tells when those with whom the user shares a channel come and go', async () => {
    await sent(bob, { recipient: 'carol' });
    await bob.subscribe('chat', 'presence');
    const carol = await hermes.client();
    await carol.authorize('carol');
    await heard(bob, 'presence', { userId: 'carol', online: true, lastSeen: 0 });
    await carol.close();
    await heard(bob, 'presence', { userId: 'carol', online: false, lastSeen: expect.any(Number) });
  });

  it('H-36 shows it to nobody else', async () => {
    const [stranger, anonymous] = [await hermes.client(), await hermes.client()];
    await stranger.authorize('root');
    await bob.ask('unauthorize');
    for (const client of [stranger, anonymous, bob]) await client.subscribe('***');
    await alice.subscribe('chat', 'message');
    chat(alice, 'send', { id: 'for bob alone', recipient: 'bob', body: 'hi' });
    await heard(alice, 'message', { id: 'for bob alone' });
    for (const client of [stranger, anonymous, bob]) expect(await client.soFar()).toEqual([]);
    await bob.authorize('bob');
    expect(await bob.soFar()).toEqual([]);
  });
});

describe('the protocol page', () => {
  it('has a test for every clause', () => {
    const clauses = readFileSync(PROTOCOL, 'utf8').match(/\*\*H-\d+\*\*/g) ?? [];
    const tests = readFileSync(__filename, 'utf8');
    const missing = clauses
      .map((clause) => clause.replaceAll('*', ''))
      .filter((clause) => !tests.includes(`'${clause} `));
    expect(clauses.length).toBe(36);
    expect(missing).toEqual([]);
  });
});
