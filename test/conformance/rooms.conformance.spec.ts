import { connect, type ChannelModel } from 'amqplib';
import { readFileSync } from 'node:fs';
import { Node } from '../support/hermes/node.js';
import { describeWithRabbit, waitFor } from '../support/index.js';
import { allow, answer, BackEnd, hang, hangUp, type Behaviour } from '../support/rooms/back-end.js';
import { RoomsClient } from '../support/rooms/client.js';
import { post, trigger } from '../support/rooms/trigger.js';

const PROTOCOL = 'src/gateways/rooms/PROTOCOL.md';

/** The first message and the close code of a client that is not let in. */
const REFUSAL = [{ is_authorized: false }, 1000];
const SUCCESS = { code: 'success' };
const CUSTOMER = { target: 'message', customer: '1' };
const NUMBERED = { target: 'message', customer: 1 };
const ANY_CHAT = { target: 'chat', room: '*' };

function error(message: string): object {
  return { code: 'error', message };
}

function push(data: unknown, requestId: unknown): object {
  return { type: 'publish', data, requestId };
}

function subscribeTo(room: unknown, requestId: unknown): object {
  return { type: 'subscribe', room, requestId };
}

async function startNode(backEnd: BackEnd, environment: Record<string, string> = {}): Promise<Node> {
  return Node.start({ HERMES_ROOMS_API_URL: backEnd.url, HERMES_MAX_SUBSCRIPTIONS: '20', ...environment });
}

function roomsUrl(node: Node, query = ''): string {
  return `ws://127.0.0.1:${node.port}/ws/${query}`;
}

describe('the rooms protocol', () => {
  let backEnd: BackEnd;
  let node: Node;
  let clients: RoomsClient[];

  beforeAll(async () => {
    backEnd = await BackEnd.start();
    node = await startNode(backEnd, {
      HERMES_ROOMS_CONNECTION_HEADERS: 'X-Session-Token=session_token',
      HERMES_TRUSTED_PROXIES: 'loopback',
    });
  });

  afterAll(async () => {
    await node.stop();
    await backEnd.stop();
  });

  beforeEach(() => {
    clients = [];
    backEnd.asked.length = 0;
    backEnd.behave = allow(CUSTOMER, NUMBERED, ANY_CHAT);
  });

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
  });

  async function aClient(query?: string, options?: Parameters<typeof RoomsClient.enter>[1]): Promise<RoomsClient> {
    const client = await RoomsClient.enter(roomsUrl(node, query), options);
    clients.push(client);
    return client;
  }

  async function hello(query?: string): Promise<unknown> {
    const client = await RoomsClient.connect(roomsUrl(node, query));
    const first = await client.next();
    return [first, await client.closed];
  }

  describe('connection', () => {
    it.each(['/_ws/rooms', '/_ws/rooms/', '/ws/', '/ws', '/ws/?token=t'])('R-1 is at %s', async (path) => {
      const client = await RoomsClient.enter(`ws://127.0.0.1:${node.port}${path}`);
      expect(await client.soFar()).toEqual([]);
      await client.close();
    });

    it('R-1 is nowhere else', async () => {
      await expect(RoomsClient.connect(`ws://127.0.0.1:${node.port}/wss/`)).rejects.toThrow('404');
    });

    it('R-2 forwards what identifies the client, and nothing else', async () => {
      await aClient('?token=t%20%2B1&session_token=s', {
        headers: {
          cookie: 'sessionid=abc; csrftoken=xyz=; other=1',
          'user-agent': 'Templar/1.0',
          'x-real-ip': '10.1.2.3',
          'x-forwarded-for': '6.6.6.6',
          authorization: 'Bearer of the client',
        },
      });
      const [asked] = backEnd.asked;
      const { host, connection, accept, 'accept-encoding': encoding, ...forwarded } = asked?.headers ?? {};
      expect([asked?.method, asked?.path]).toEqual(['GET', '/api/bootstrap/']);
      expect([host, connection, accept, encoding]).not.toContain(undefined);
      expect(forwarded).toEqual({
        cookie: 'sessionid=abc; csrftoken=xyz=; other=1',
        'user-agent': 'Templar/1.0',
        'x-real-ip': '10.1.2.3',
        'x-csrftoken': 'xyz=',
        authorization: 'Token t +1',
        'x-session-token': 's',
      });
    });

    it('R-2 makes up nothing that the client did not send', async () => {
      await aClient();
      expect(Object.keys(backEnd.asked[0]?.headers ?? {}).toSorted()).toEqual(
        ['accept', 'accept-encoding', 'connection', 'host'].toSorted(),
      );
    });

    it.each(['?token=', '?token=%20', '?token', ''])('R-2 takes the empty token of %j for none', async (query) => {
      await aClient(query, { headers: { cookie: 'sessionid=abc' } });
      expect(backEnd.asked[0]?.headers).not.toHaveProperty('authorization');
      expect(backEnd.asked[0]?.headers.cookie).toBe('sessionid=abc');
    });

    it('R-2 refuses what no header can carry, without asking', async () => {
      expect(await hello('?token=%0d%0aX-Admin:1')).toEqual(REFUSAL);
      expect(await hello('?session_token=%F0%9F%AA%B6')).toEqual(REFUSAL);
      expect(backEnd.asked).toEqual([]);
    });

    it.each<[string, Behaviour, unknown[]]>([
      ['the rooms', allow(CUSTOMER, ANY_CHAT), [CUSTOMER, ANY_CHAT]],
      ['no rooms', allow(), []],
      ['another object', answer(200, '{"user":7}'), []],
    ])('R-3 says hello to a client for whom the back end answers with %s', async (_, behaviour, rooms) => {
      backEnd.behave = behaviour;
      const client = await RoomsClient.connect(roomsUrl(node));
      clients.push(client);
      expect(await client.next()).toEqual({ is_authorized: true, allowed_rooms: rooms });
    });

    it.each<[string, Behaviour]>([
      ['403', answer(403, '{"allowed_rooms":[]}')],
      ['500', answer(500)],
      ['201', answer(201, '{"allowed_rooms":[]}')],
      ['204', answer(204)],
      ['a redirect', (response, { path }) => void response.writeHead(302, { location: `${path}?again` }).end()],
      ['rooms that are no objects', allow('foo')],
      ['rooms that are arrays', allow([])],
      ['an empty body', answer(200)],
      ['a list', answer(200, '[]')],
      ['null', answer(200, 'null')],
      ['rooms that are null', answer(200, '{"allowed_rooms":null}')],
      ['rubbish', answer(200, '<html>')],
      ['far too much', answer(200, `{"allowed_rooms":[],"x":"${'x'.repeat(5 * 1024 ** 2)}"}`)],
    ])('R-4 refuses a client for whom the back end answers with %s', async (_, behaviour) => {
      backEnd.behave = behaviour;
      expect(await hello()).toEqual(REFUSAL);
      expect(backEnd.asked.length).toBe(1);
    });

    it('R-7 answers behind the hello what was sent before it', async () => {
      let release = (): void => undefined;
      backEnd.behave = (response, asked) => (release = () => allow(CUSTOMER)(response, asked));
      const early = [subscribeTo(CUSTOMER, 'a'), 'ping', subscribeTo(NUMBERED, 'b')];
      const client = await RoomsClient.connect(roomsUrl(node), {}, early);
      clients.push(client);
      await waitFor('the question', () => backEnd.asked.length > 0);
      release();
      expect(await client.next()).toMatchObject({ is_authorized: true });
      expect(await client.next()).toEqual(SUCCESS);
      expect(await client.nextText()).toBe('pong');
      expect(await client.next()).toEqual(error('room-not-found'));
    });

    it('R-7 asks no longer for a client that has left', async () => {
      backEnd.behave = hang;
      const client = await RoomsClient.connect(roomsUrl(node));
      await waitFor('the question', () => backEnd.asked.length > 0);
      await client.close();
      backEnd.behave = allow(CUSTOMER);
      expect(await (await aClient()).ask(subscribeTo(CUSTOMER, 1))).toEqual(SUCCESS);
    });
  });

  describe('messages', () => {
    it('R-8 answers ping with pong, both as they are', async () => {
      const client = await aClient();
      client.send('ping');
      expect(await client.nextText()).toBe('pong');
    });

    it('R-9 lets a client into a room, or not', async () => {
      const client = await aClient();
      expect(await client.ask(subscribeTo({ customer: '1', target: 'message' }, '1'))).toEqual(SUCCESS);
      expect(await client.ask(subscribeTo({ target: 'secret' }, '2'))).toEqual(error('room-not-found'));
    });

    it.each([
      ['any value where * is granted', { target: 'chat', room: 5 }, true],
      ['an object where * is granted', { target: 'chat', room: { a: [1] } }, true],
      ['* where * is granted', { target: 'chat', room: '*' }, true],
      ['* where it is not', { target: '*', room: '*' }, false],
      ['* for a value', { target: 'message', customer: '*' }, false],
      ['a number for a number', { target: 'message', customer: 1 }, true],
      ['another type', { target: 'message', customer: true }, false],
      ['fewer keys', { target: 'chat' }, false],
      ['more keys', { target: 'chat', room: 1, x: 1 }, false],
      ['no keys', {}, false],
    ])('R-10 permits %s as the back end has it', async (_, room, permitted) => {
      const reply = permitted ? SUCCESS : error('room-not-found');
      expect(await (await aClient()).ask(subscribeTo(room, 1))).toEqual(reply);
    });

    it('R-11 asks for a requestId', async () => {
      const client = await aClient();
      expect(await client.ask({ type: 'subscribe', room: CUSTOMER })).toEqual(error('no-request-id'));
      expect(await client.ask({ type: 'unsubscribe' })).toEqual(error('no-request-id'));
    });

    it('R-12 keeps the type of a requestId', async () => {
      const client = await aClient();
      const ids = ['', '7', 7, null, true, 0.5, 'ü"\n'];
      for (const id of ids) await client.subscribe(CUSTOMER, id);
      await trigger(node, [CUSTOMER], 'x');
      expect(await client.soFar()).toEqual(ids.map((id) => push('x', id)));
      client.send('{"type":"subscribe","room":{},"requestId":9007199254740993}');
      expect(await client.next()).toEqual(error('no-request-id'));
      expect(await client.ask(subscribeTo(CUSTOMER, 'x'.repeat(1_025)))).toEqual(error('no-request-id'));
    });

    it('R-13 counts subscriptions by session, room and id', async () => {
      const client = await aClient();
      await client.subscribe(CUSTOMER, 'a');
      await client.subscribe(CUSTOMER, 'a');
      await client.subscribe(CUSTOMER, 'b');
      await trigger(node, [CUSTOMER], 1);
      expect(await client.soFar()).toEqual([push(1, 'a'), push(1, 'b')]);
      await client.subscribe(NUMBERED, 'a');
      await trigger(node, [CUSTOMER], 2);
      await trigger(node, [NUMBERED], 3);
      expect(await client.soFar()).toEqual([push(2, 'b'), push(3, 'a')]);
      expect(await client.ask({ type: 'unsubscribe', requestId: 'a' })).toEqual(SUCCESS);
      expect(await client.ask({ type: 'unsubscribe', requestId: 'a' })).toEqual(error('not-subscribed'));
    });

    it('R-14 takes back a subscription by its id', async () => {
      const client = await aClient();
      await client.subscribe(CUSTOMER, 7);
      expect(await client.ask({ type: 'unsubscribe', requestId: '7' })).toEqual(error('not-subscribed'));
      expect(await client.ask({ type: 'unsubscribe', requestId: 7, room: 'whatever' })).toEqual(SUCCESS);
      expect(await client.ask({ type: 'unsubscribe', requestId: 7 })).toEqual(error('not-subscribed'));
      await trigger(node, [CUSTOMER], 1);
      expect(await client.soFar()).toEqual([]);
      await client.subscribe(NUMBERED, 7);
      expect(await client.ask({ type: 'unsubscribe', requestId: 7 })).toEqual(SUCCESS);
    });

    it('R-15 tells how it goes', async () => {
      const client = await aClient();
      await client.subscribe(CUSTOMER, 7);
      expect(await client.ask({ type: 'status' })).toEqual({
        open_connections: 1,
        num_rooms: 1,
        online_since: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/),
        rabbitmq_messages_received: 0,
        ws_messages_received: expect.any(Number),
        ws_messages_send: expect.any(Number),
        ws_messages_send_error: 0,
        ws_messages_send_queued: 0,
      });
    });

    it.each([
      ['R-16', 'no type', '{}', 'message-type-not-allowed'],
      ['R-16', 'an unknown type', '{"type":"dance"}', 'message-type-not-allowed'],
      ['R-16', 'an inner name as type', '{"type":"rejected","reason":"x"}', 'message-type-not-allowed'],
      ['R-16', 'ping as type', '{"type":"ping"}', 'message-type-not-allowed'],
      ['R-16', 'an array', '[]', 'message-type-not-allowed'],
      ['R-16', 'a number', '5', 'message-type-not-allowed'],
      ['R-16', 'null', 'null', 'message-type-not-allowed'],
      ['R-16', 'a string', '"ping"', 'message-type-not-allowed'],
      ['R-17', 'rubbish', 'nonsense', 'non-json-message'],
      ['R-17', 'nothing', '', 'non-json-message'],
      ['R-17', 'half a message', '{"type":"subscribe"', 'non-json-message'],
      ['R-17', 'bytes that are no text', Buffer.from([0xff, 0xfe]), 'non-json-message'],
    ])('%s answers %s with the id of the connection', async (_clause, _case, frame, message) => {
      const client = await aClient();
      const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/;
      const reply = await client.ask(frame);
      expect(reply).toEqual({ requestId: expect.stringMatching(uuid), code: 'error', message });
      expect(await client.ask(frame)).toEqual(reply);
    });

    it.each([
      ['no room', { type: 'subscribe', requestId: 1 }, 'room-not-found'],
      ['a room that is a string', subscribeTo('lobby', 1), 'room-not-found'],
      ['a room that is null', subscribeTo(null, 1), 'room-not-found'],
      ['a room that is an array', subscribeTo([CUSTOMER], 1), 'room-not-found'],
      ['a room that is too large', subscribeTo({ target: 'chat', room: 'x'.repeat(5_000) }, 1), 'room-not-found'],
      [
        'a room that is too deep',
        `{"type":"subscribe","requestId":1,"room":{"target":"chat","room":${'['.repeat(30)}${']'.repeat(30)}}}`,
        'room-not-found',
      ],
      [
        'a room of depths',
        `{"type":"subscribe","requestId":1,"room":{"target":"chat","room":${'['.repeat(30_000)}${']'.repeat(30_000)}}}`,
        'room-not-found',
      ],
      [
        'a number that lost digits',
        '{"type":"subscribe","requestId":1,"room":{"target":"chat","room":9007199254740993}}',
        'room-not-found',
      ],
      ['an id that is an object', subscribeTo(CUSTOMER, {}), 'no-request-id'],
      ['an id that is an array', { type: 'unsubscribe', requestId: [] }, 'no-request-id'],
    ])('R-18 answers %s with an error and stays open', async (_, message, sentence) => {
      const client = await aClient();
      expect(await client.ask(message)).toEqual(error(sentence));
      expect(await client.soFar()).toEqual([]);
    });

    it('R-18 reads a binary frame as text', async () => {
      const client = await aClient();
      expect(await client.ask(Buffer.from(JSON.stringify(subscribeTo(CUSTOMER, 1))))).toEqual(SUCCESS);
    });

    it('R-20 bounds the subscriptions of a session', async () => {
      const client = await aClient();
      for (let id = 0; id < 20; id++) await client.subscribe({ target: 'chat', room: id }, id);
      expect(await client.ask(subscribeTo(CUSTOMER, 20))).toEqual(error('too-many-subscriptions'));
      await client.subscribe(CUSTOMER, 19);
      expect(await client.ask({ type: 'unsubscribe', requestId: 0 })).toEqual(SUCCESS);
      await client.subscribe(CUSTOMER, 20);
    });
  });

  describe('triggers', () => {
    it('R-21 carry the data byte for byte, in order', async () => {
      const client = await aClient();
      await client.subscribe(CUSTOMER, 'a');
      const data = '{"z":1.0, "a":12345678901234567890,"e":1e2,"u":"\\u00e9🪶"}';
      const rooms = '[{"customer":"1","target":"message"}]';
      await post(node, `{"data":1, "rooms":${rooms}, "data":${data}}`);
      await post(node, `{"rooms":${rooms},"data":null}`);
      expect(await client.nextText()).toBe(`{"type":"publish","data":${data},"requestId":"a"}`);
      expect(await client.nextText()).toBe('{"type":"publish","data":null,"requestId":"a"}');
      const numbers = Array.from({ length: 300 }, (_, index) => index);
      for (const number of numbers) await trigger(node, [CUSTOMER], number);
      expect(await client.soFar()).toEqual(numbers.map((number) => push(number, 'a')));
    });

    it('R-22 reach the rooms they list, as often as they list them', async () => {
      const client = await aClient();
      await client.subscribe(CUSTOMER, 'text');
      await client.subscribe(NUMBERED, 'number');
      await client.subscribe({ target: 'chat', room: '*' }, 'any');
      await client.subscribe({ target: 'chat', room: 1 }, 'one');
      await trigger(node, [NUMBERED], 1);
      await trigger(node, [CUSTOMER, NUMBERED, CUSTOMER], 2);
      await trigger(node, [{ target: 'chat', room: 1 }], 3);
      await trigger(node, [{ target: 'chat', room: '*' }], 4);
      await trigger(node, [{ target: 'chat' }, {}], 5);
      await trigger(node, [], 6);
      expect(await client.soFar()).toEqual([
        push(1, 'number'),
        push(2, 'text'),
        push(2, 'number'),
        push(2, 'text'),
        push(3, 'one'),
        push(4, 'any'),
      ]);
    });

    it('R-24 stay apart from all other events', async () => {
      const client = await aClient();
      await client.subscribe(CUSTOMER, 'a');
      const listener = await node.client();
      await listener.subscribe('***');
      await node.publish({ channel: 'rooms', event: 'publish', data: 1 }, { data: 2, cacheTtl: 60 });
      await trigger(node, [CUSTOMER], 3);
      expect(await client.soFar()).toEqual([push(3, 'a')]);
      expect((await listener.soFar()).map((message) => message['channel'])).toEqual(['rooms', 'prices']);
    });

    it.each([
      [{ rooms: [], data: 1 }, 200, 'publish success'],
      [{ data: 1 }, 400, 'rooms not specified'],
      [{}, 400, 'rooms not specified'],
      [[], 400, 'rooms not specified'],
      [{ rooms: [] }, 400, 'data not specified'],
      [{ rooms: 'lobby', data: 1 }, 400, 'rooms must be a JSON array of objects'],
      [{ rooms: [{}, 'lobby'], data: 1 }, 400, 'rooms[1] must be an object of at most 4096 characters'],
      [{ rooms: [], data: 'x'.repeat(1024 ** 2) }, 413, 'data has 1048578 bytes, the limit is 1048576'],
    ])('R-25 answers %.60j with %i', async (body, status, text) => {
      const response = await post(node, body);
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
      expect(await response.text()).toContain(text);
    });

    it('R-25 wants the API key, and JSON', async () => {
      expect((await post(node, { rooms: [], data: 1 }, { Authorization: 'Bearer wrong' })).status).toBe(401);
      expect((await post(node, '{"rooms":')).status).toBe(400);
    });
  });

  it('R-30 frees the rooms of a connection that ends', async () => {
    const client = await aClient();
    const leaver = await RoomsClient.enter(roomsUrl(node));
    for (let id = 0; id < 10; id++) await leaver.subscribe({ target: 'chat', room: `leaver ${id}` }, id);
    leaver.socket.terminate();
    const status = await waitFor('the connection to be gone', async () => {
      const now = (await client.ask({ type: 'status' })) as Record<string, number>;
      return now['open_connections'] === 1 && now;
    });
    expect(status['num_rooms']).toBe(0);
  });
});

describe('the rooms protocol, by configuration', () => {
  let backEnd: BackEnd;
  let node: Node;

  beforeEach(async () => {
    backEnd = await BackEnd.start();
    backEnd.behave = allow(CUSTOMER, ANY_CHAT, { a: '*', b: '*' });
  });

  afterEach(async () => {
    await node.stop();
    await backEnd.stop();
  });

  async function hello(): Promise<unknown> {
    const client = await RoomsClient.connect(roomsUrl(node));
    const first = await client.next();
    return [first, await client.closed];
  }

  it('R-5 refuses when the back end hangs', async () => {
    node = await startNode(backEnd, { HERMES_ROOMS_API_TIMEOUT: '300ms', HERMES_ROOMS_API_CONCURRENCY: '2' });
    backEnd.behave = hang;
    const hellos = await Promise.all(Array.from({ length: 6 }, hello));
    expect(hellos).toEqual(hellos.map(() => REFUSAL));
  });

  it('R-5 tells clients to try again when there are more than the back end can answer for', async () => {
    node = await startNode(backEnd, { HERMES_ROOMS_API_TIMEOUT: '3s', HERMES_ROOMS_API_CONCURRENCY: '1' });
    const held: (() => void)[] = [];
    backEnd.behave = (response, asked) => void held.push(() => allow()(response, asked));
    const first = await RoomsClient.connect(roomsUrl(node));
    await waitFor('the first question', () => held.length === 1);
    const second = await RoomsClient.connect(roomsUrl(node));
    const third = await RoomsClient.connect(roomsUrl(node));
    held[0]?.();
    expect(await first.next()).toMatchObject({ is_authorized: true });
    await waitFor('the second question', () => held.length === 2);
    expect(await third.closed).toBe(1013);
    expect(third.unread).toEqual([]);
    await Promise.all([first, second].map((client) => client.close()));
  });

  it('R-2 takes the word of nobody but a trusted proxy on an address', async () => {
    node = await startNode(backEnd);
    const client = await RoomsClient.enter(roomsUrl(node), { headers: { 'x-real-ip': '6.6.6.6' } });
    expect(backEnd.asked[0]?.headers).toMatchObject({ 'x-real-ip': '127.0.0.1' });
    await client.close();
  });

  it('R-5 asks the back end no more than it may bear at a time', async () => {
    node = await startNode(backEnd, { HERMES_ROOMS_API_CONCURRENCY: '2' });
    const held: (() => void)[] = [];
    backEnd.behave = (response, asked) => void held.push(() => allow()(response, asked));
    const clients = await Promise.all(Array.from({ length: 6 }, () => RoomsClient.connect(roomsUrl(node))));
    for (let left = clients.length; left > 0; left--) {
      await waitFor('a question', () => held.length === Math.min(2, left));
      held.shift()?.();
    }
    for (const client of clients) expect(await client.next()).toMatchObject({ is_authorized: true });
    expect(backEnd.mostAtOnce).toBe(2);
  });

  it('R-5 refuses when the back end is away, spares it for a while, and comes back by itself', async () => {
    node = await startNode(backEnd);
    backEnd.behave = hangUp;
    for (let index = 0; index < 5; index++) expect(await hello()).toEqual(REFUSAL);
    backEnd.behave = allow(CUSTOMER);
    const asked = backEnd.asked.length;
    expect(await hello()).toEqual(REFUSAL);
    expect(backEnd.asked.length).toBe(asked);
    const client = await waitFor('the back end to be asked again', () => RoomsClient.enter(roomsUrl(node)), {
      interval: 200,
    });
    expect(await client.ask(subscribeTo(CUSTOMER, 1))).toEqual(SUCCESS);
  });

  it('R-5 refuses when nothing listens at the API url', async () => {
    node = await startNode(backEnd, { HERMES_ROOMS_API_URL: 'http://127.0.0.1:9/' });
    expect(await hello()).toEqual(REFUSAL);
  });

  it('R-5 keeps its connections to the back end', async () => {
    node = await startNode(backEnd);
    for (let index = 0; index < 5; index++) await (await RoomsClient.enter(roomsUrl(node))).close();
    expect(await backEnd.connections).toBe(1);
  });

  it('R-6 refuses everybody without an API url', async () => {
    node = await Node.start();
    expect(await hello()).toEqual(REFUSAL);
  });

  it('R-19 gives the requestId back in answers when told to', async () => {
    node = await startNode(backEnd, { HERMES_ROOMS_REPLY_REQUEST_ID: 'true' });
    const client = await RoomsClient.enter(roomsUrl(node));
    expect(await client.ask(subscribeTo(CUSTOMER, 7))).toEqual({ requestId: 7, code: 'success' });
    expect(await client.ask(subscribeTo({}, null))).toEqual({ requestId: null, ...error('room-not-found') });
    expect(await client.ask({ type: 'unsubscribe', requestId: '7' })).toEqual({
      requestId: '7',
      ...error('not-subscribed'),
    });
    expect(await client.ask({ type: 'unsubscribe' })).toEqual(error('no-request-id'));
  });

  it('R-23 routes by wildcards when told to', async () => {
    node = await startNode(backEnd, { HERMES_ROOMS_WILDCARD_ROUTING: 'true' });
    const client = await RoomsClient.enter(roomsUrl(node));
    await client.subscribe(ANY_CHAT, 'any');
    await client.subscribe({ target: 'chat', room: 1 }, 'one');
    await client.subscribe({ a: '*', b: 1 }, 'crossed');
    await trigger(node, [{ target: 'chat', room: 1 }], 1);
    await trigger(node, [{ target: 'chat', room: 2 }], 2);
    await trigger(node, [{ target: 'chat', room: '*' }], 3);
    await trigger(node, [{ target: '*', room: 1 }], 4);
    await trigger(node, [{ a: 7, b: '*' }], 5);
    await trigger(node, [{ a: 7, b: 2 }], 6);
    const received = (await client.soFar()) as { data: number; requestId: string }[];
    expect(received.map(({ data, requestId }) => `${data} ${requestId}`).toSorted()).toEqual(
      ['1 any', '1 one', '2 any', '3 any', '3 one', '4 any', '4 one', '5 crossed'].toSorted(),
    );
  });

  it('R-28 closes who says nothing for too long, and keeps who pings', async () => {
    node = await startNode(backEnd, { HERMES_ROOMS_IDLE_TIMEOUT: '2s' });
    const silent = await RoomsClient.enter(roomsUrl(node));
    const lively = await RoomsClient.enter(roomsUrl(node));
    const pings = setInterval(() => lively.send('ping'), 50);
    expect(await silent.closed).toBe(1000);
    clearInterval(pings);
    expect(lively.socket.readyState).toBe(lively.socket.OPEN);
    expect(await lively.closed).toBe(1000);
  });

  it('R-29 posts to the hooks with the headers of the client', async () => {
    node = await startNode(backEnd, {
      HERMES_ROOMS_CONNECT_HOOK: 'user/notify_online/',
      HERMES_ROOMS_DISCONNECT_HOOK: 'user/notify_offline/',
    });
    const client = await RoomsClient.enter(roomsUrl(node, '?token=t'), { headers: { cookie: 'csrftoken=c' } });
    await waitFor('the connect hook', () => backEnd.hooks.length === 1);
    await client.close();
    await waitFor('the disconnect hook', () => backEnd.hooks.length === 2);
    expect(backEnd.hooks.map(({ path }) => path)).toEqual(['/api/user/notify_online/', '/api/user/notify_offline/']);
    for (const { headers } of backEnd.hooks) {
      expect(headers).toMatchObject({ cookie: 'csrftoken=c', 'x-csrftoken': 'c', authorization: 'Token t' });
    }
    backEnd.behave = answer(403);
    expect(await hello()).toEqual(REFUSAL);
    backEnd.behave = allow();
    await RoomsClient.enter(roomsUrl(node));
    await waitFor('the connect hook', () => backEnd.hooks.length === 3);
    await node.app.close();
    expect(backEnd.hooks.map(({ path }) => path).slice(2)).toEqual([
      '/api/user/notify_online/',
      '/api/user/notify_offline/',
    ]);
  });

  it('R-31 bounds what a client may be, as everywhere', async () => {
    node = await startNode(backEnd, {
      HERMES_OUTBOX_LIMIT: '64KiB',
      HERMES_COMMAND_BURST: '10',
      HERMES_COMMAND_RATE: '2',
    });
    const large = await RoomsClient.enter(roomsUrl(node));
    large.send('x'.repeat(64 * 1024 + 1));
    expect(await large.closed).toBe(1009);
    const slow = await RoomsClient.enter(roomsUrl(node));
    const quick = await RoomsClient.enter(roomsUrl(node));
    for (const client of [slow, quick]) await client.subscribe(CUSTOMER, 1);
    slow.socket.pause();
    const data = 'x'.repeat(60_000);
    while ((await node.metric('hermes_sessions_closed_total{code="4008"}')) !== 1) {
      await trigger(node, [CUSTOMER], data);
      expect(await quick.next()).toEqual(push(data, 1));
    }
    slow.socket.resume();
    expect(await slow.closed).toBe(4008);
    const flooder = await RoomsClient.enter(roomsUrl(node));
    for (let index = 0; index < 30; index++) flooder.send('ping');
    for (let index = 0; index < 10; index++) expect(await flooder.nextText()).toBe('pong');
    expect(await flooder.next()).toMatchObject({ code: 'error' });
    expect(await flooder.closed).toBe(4029);
    const stopped = node.app.close();
    expect(await quick.closed).toBe(1001);
    await stopped;
  });
});

describeWithRabbit('the rooms protocol, with RabbitMQ', (rabbit) => {
  let backEnd: BackEnd;
  let nodes: Node[];
  let clients: RoomsClient[];
  let producer: ChannelModel;

  beforeAll(async () => {
    backEnd = await BackEnd.start();
    backEnd.behave = allow(CUSTOMER, ANY_CHAT);
    const environment = { HERMES_RABBITMQ_URI: rabbit().uri, HERMES_ROOMS_EXCHANGE: 'hightemplar' };
    nodes = [await startNode(backEnd, environment), await startNode(backEnd, environment)];
    for (const node of nodes) {
      await waitFor('the node to consume', async () => (await fetch(`${node.url}/health/ready`)).ok);
    }
    producer = await connect(rabbit().uri);
    // The virtual host of the suite goes before its connections do.
    producer.on('error', () => undefined);
  });

  afterAll(async () => {
    await producer.close().catch(() => undefined);
    for (const node of nodes) await node.stop();
    await backEnd.stop();
  });

  beforeEach(async () => {
    clients = await Promise.all(nodes.map((node) => RoomsClient.enter(roomsUrl(node))));
    for (const client of clients) await client.subscribe(CUSTOMER, 'a');
  });

  afterEach(() => Promise.all(clients.map((client) => client.close())));

  async function send(...bodies: readonly (string | Buffer)[]): Promise<void> {
    const channel = await producer.createConfirmChannel();
    // As the producers of high-templar do; it would be refused if we had declared the exchange otherwise.
    await channel.assertExchange('hightemplar', 'direct', { durable: false });
    for (const body of bodies) channel.publish('hightemplar', '*', Buffer.from(body));
    await channel.waitForConfirms();
    await channel.close();
  }

  it('R-26 takes triggers from the exchange, and drops and counts what is none', async () => {
    const rooms = JSON.stringify([CUSTOMER]);
    await send(
      'rubbish',
      Buffer.from([0xff]),
      '[]',
      '{"data":1}',
      `{"rooms":${rooms}}`,
      '{"rooms":["lobby"],"data":1}',
      `{"rooms":${rooms},"data":null}`,
      `{"rooms":${rooms},"data":{"n":1.0}}`,
    );
    for (const client of clients) {
      expect(await client.nextText()).toBe('{"type":"publish","data":null,"requestId":"a"}');
      expect(await client.nextText()).toBe('{"type":"publish","data":{"n":1.0},"requestId":"a"}');
    }
    for (const node of nodes) {
      const fate = (word: string): Promise<number | undefined> =>
        node.metric(`hermes_events_total{source="rabbitmq",fate="${word}"}`);
      const counts = await Promise.all(['not_json', 'missing_rooms', 'missing_data', 'bad_rooms'].map(fate));
      expect(counts).toEqual([2, 2, 1, 1]);
      const status = (await clients[nodes.indexOf(node)]?.ask({ type: 'status' })) as Record<string, number>;
      expect(status['rabbitmq_messages_received']).toBe(8);
    }
  });

  it('R-27 reaches the clients of every node from the HTTP API of one', async () => {
    const [first] = nodes;
    if (first === undefined) throw new Error('no node');
    await trigger(first, [CUSTOMER, { target: 'chat', room: 1 }, CUSTOMER], { n: 1 });
    for (const client of clients) expect(await client.next()).toEqual(push({ n: 1 }, 'a'));
    for (const client of clients) expect(await client.soFar()).toEqual([push({ n: 1 }, 'a')]);
  });

  it('R-27 carries more rooms than a frame of the broker could hold', async () => {
    const [first] = nodes;
    if (first === undefined) throw new Error('no node');
    const others = Array.from({ length: 3_000 }, (_, room) => ({ target: 'chat', room: `🪶 ${room}`.repeat(3) }));
    await trigger(first, [CUSTOMER, ...others, CUSTOMER], 1);
    for (const client of clients) {
      expect(await client.next()).toEqual(push(1, 'a'));
      expect(await client.next()).toEqual(push(1, 'a'));
    }
  });
});

describe('the page of the rooms protocol', () => {
  it('has a test for every clause', () => {
    const clauses = readFileSync(PROTOCOL, 'utf8').match(/\*\*R-\d+\*\*/g) ?? [];
    const tests = readFileSync(__filename, 'utf8');
    const missing = clauses
      .map((clause) => clause.replaceAll('*', ''))
      .filter((clause) => !tests.includes(`'${clause} `) && !tests.includes(`['${clause}',`));
    expect(clauses.length).toBe(31);
    expect(missing).toEqual([]);
  });
});
