import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandsClient } from '../support/commands/commands-client.js';
import { json, StubBackEnd, text } from '../support/commands/stub-back-end.js';
import { Client, type Message } from '../support/hermes/client.js';
import { API_KEY, Node } from '../support/hermes/node.js';
import { UsersService, type Manner } from '../support/hermes/users-service.js';
import { waitFor } from '../support/wait-for.js';

const FOLDER = 'src/gateways/commands';
const PROVIDERS = {
  user: {
    type: 'static',
    tokens: {
      alice: { userId: 'alice', role: 'user' },
      'alice again': { userId: 'alice' },
      bob: { userId: 'bob' },
      brief: { userId: 'alice', ttl: 2 },
    },
  },
};
const TYPES = { where: { types: ['match'] } };
const COUNT = { ...TYPES, status: 'read' };
const WEEK = { where: { from: 1_609_459_200, to: 1_610_064_000, timezone: 'UTC' } };

function errorOf(message: Message): { slug: string; text: string; rid: unknown; status: unknown } {
  expect(Object.keys(message)).toEqual(['rid', 'event', 'status', 'payload']);
  expect(message['event']).toBe('');
  const { error, message: sentence } = message['payload'] as { error: { Slug: string }[]; message: string };
  const slug = error[0]?.Slug ?? '';
  expect(error).toEqual([{ Slug: slug, Message: sentence }]);
  return { slug, text: sentence, rid: message['rid'], status: message['status'] };
}

function subscriptionId(canonical: string): string {
  return createHash('md5').update(canonical).digest('hex');
}

/** The example that is shipped, with its back ends where the stub is, and some commands that only tests want. */
function commandsFile(folder: string, url: string): string {
  const example = readFileSync(join(FOLDER, 'example.commands.yaml'), 'utf8');
  const file = join(folder, 'commands.yaml');
  const more = `
  quick:
    request: { url: "${url}/quick" }
  few:
    options:
      names: { type: array, of: { type: string }, min: 1 }
    request: { url: "${url}/few" }
  raise:
    options: { name: { type: string, required: true } }
    request: { url: "${url}/fixed/{options.name}/end", query: { me: "{user.id}" } }
`;
  writeFileSync(file, example.replaceAll(/http:\/\/\w+\.internal:8080/g, url) + more);
  return file;
}

describe('the commands dialect', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hermes-commands-'));
  const clients: CommandsClient[] = [];
  let backEnd: StubBackEnd;
  let node: Node;
  let client: CommandsClient;

  async function connect(path?: string): Promise<CommandsClient> {
    const one = await CommandsClient.connect(node.url, path);
    clients.push(one);
    return one;
  }

  async function loggedIn(token: string, path?: string): Promise<CommandsClient> {
    const one = await connect(path);
    await one.login(token);
    return one;
  }

  function feed(type: string, document: unknown): Promise<void> {
    return node.publish({ channel: 'wss', event: type, visibility: 'internal', data: { type, document } });
  }

  function update(ids: readonly string[], data: unknown, reload = false): Promise<void> {
    return feed('update_subscription', { subscriptions: ids, type: 't', evnet: 'e', options: { reload }, data });
  }

  async function liveQueries(): Promise<Message[]> {
    const response = await fetch(`${node.url}/api/subscriptions`, { headers: { Authorization: `Bearer ${API_KEY}` } });
    return ((await response.json()) as { subscriptions: Message[] }).subscriptions;
  }

  beforeAll(async () => {
    backEnd = await StubBackEnd.start();
    node = await Node.start({
      HERMES_AUTH_PROVIDERS: JSON.stringify(PROVIDERS),
      HERMES_COMMANDS_FILE: commandsFile(folder, backEnd.url),
      HERMES_MAX_SUBSCRIPTIONS: '3',
    });
  });

  afterAll(async () => {
    await node.stop();
    await backEnd.stop();
    rmSync(folder, { recursive: true });
  });

  beforeEach(async () => {
    backEnd.answer(json({}));
    backEnd.taken();
    client = await connect();
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((one) => one.close()));
    await waitFor('all subscriptions to end', async () => (await liveQueries()).length === 0);
  });

  describe('connection', () => {
    it.each(['/_ws/commands', '/web', '/mobile'])('C-1 is at %s', async (path) => {
      const one = await connect(path);
      expect(await one.ask('authentication')).toMatchObject({ status: 'ok' });
      const url = node.url.replace('http', 'ws') + path;
      await expect(Client.connect(`${url}/more`)).rejects.toThrow('404');
      await expect(Client.connect(url, { origin: 'https://evil.example' })).rejects.toThrow('403');
    });

    it.each(['/_ws/commands', '/web', '/mobile'])('C-1 answers a plain GET of %s with 200', async (path) => {
      for (const query of ['', '?x=1']) {
        const answer = await fetch(node.url + path + query);
        expect([answer.status, await answer.text()]).toEqual([200, 'Connected']);
      }
      expect((await fetch(node.url + path, { method: 'HEAD' })).status).toBe(200);
      expect((await fetch(`${node.url}${path}/more`)).status).toBe(404);
    });

    it.each(['/_ws/subscribe', '/_ws/topics', '/_ws/rooms', '/ws', '/ws/'])(
      'C-1 is alone in that: a plain GET of %s is told to upgrade',
      async (path) => {
        const answer = await fetch(node.url + path);
        expect([answer.status, answer.headers.get('upgrade')]).toEqual([426, 'websocket']);
        expect(await answer.text()).toContain('WebSocket');
      },
    );

    it('C-2 reads a binary frame as text and closes with 1009 on a frame over the limit', async () => {
      client.client.raw(Buffer.from('{"rid":7,"command":"authentication","options":{}}'));
      expect(await client.next()).toMatchObject({ rid: 7, status: 'ok' });
      client.client.raw('x'.repeat(64 * 1024 + 1));
      expect(await client.client.closed).toBe(1009);
    });
  });

  describe('requests', () => {
    it.each([1, -1, 9_007_199_254_740_991, -9_007_199_254_740_991])('C-5 takes the rid %d', async (rid) => {
      client.send('authentication', {}, rid);
      expect(await client.next()).toMatchObject({ rid, status: 'ok' });
    });

    it('C-6 answers with all four members, in their order', async () => {
      client.send('authentication', {}, 5);
      const answer = await client.next();
      expect(Object.entries(answer)).toEqual([
        ['rid', 5],
        ['event', 'authentication'],
        ['status', 'ok'],
        ['payload', null],
      ]);
    });

    it('C-7 carries out one at a time, in order', async () => {
      const held: ServerResponse[] = [];
      backEnd.answer((_, response) => void held.push(response));
      const rids = [client.send('quick'), client.send('authentication', { authToken: 'bob' }), client.send('quick')];
      await waitFor('the back end to be asked', () => held.length === 1);
      held[0]?.end('"first"');
      await waitFor('the back end to be asked again', () => held.length === 2);
      held[1]?.end('"second"');
      const answers = [await client.next(), await client.next(), await client.next()];
      expect(answers.map(({ rid, payload }) => [rid, payload])).toEqual([
        [rids[0], 'first'],
        [rids[1], { id: 'bob' }],
        [rids[2], 'second'],
      ]);
    });

    it('C-8 has one shape for every error', async () => {
      const rid = client.send('subscription', { ids: [], action: 'dance' });
      expect(await client.next()).toEqual({
        rid,
        event: '',
        status: 'error',
        payload: {
          error: [{ Slug: 'Invalid-Input', Message: 'options.action must be equal to unsubscribe' }],
          message: 'options.action must be equal to unsubscribe',
        },
      });
    });

    it.each([
      ['no JSON', 'nonsense', 'a request is a JSON object'],
      ['nothing', '', 'a request is a JSON object'],
      ['an array', '[]', 'a request is a JSON object'],
      ['null', 'null', 'a request is a JSON object'],
      ['deep nesting', '['.repeat(30_000), 'a request is a JSON object'],
      ['no rid', '{"command":"a","options":{}}', 'rid must be'],
      ['the rid 0', '{"rid":0,"command":"a","options":{}}', 'rid must be'],
      ['a rid of a wrong type', '{"rid":"1","command":"a","options":{}}', 'rid must be'],
      ['a rid with a fraction', '{"rid":1.5,"command":"a","options":{}}', 'rid must be'],
      ['a rid that JavaScript cannot hold', '{"rid":9007199254740993,"command":"a","options":{}}', 'rid must be'],
      ['no command', '{"rid":1,"options":{}}', 'command must be'],
      ['an empty command', '{"rid":1,"command":"","options":{}}', 'command must be'],
      ['a long command', `{"rid":1,"command":"${'a'.repeat(257)}","options":{}}`, 'command must be'],
      ['no options', '{"rid":1,"command":"a"}', 'options must be'],
      ['options that are null', '{"rid":1,"command":"a","options":null}', 'options must be'],
      ['options that are an array', '{"rid":1,"command":"a","options":[]}', 'options must be'],
      ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]), 'a request is a JSON object'],
    ])('C-9 answers %s with rid -1 and stays open', async (_, frame, sentence) => {
      client.client.raw(frame);
      const error = errorOf(await client.next());
      expect(error).toMatchObject({ rid: -1, status: 'error', slug: 'Invalid-Input' });
      expect(error.text).toContain(sentence);
      expect(await client.soFar()).toEqual([]);
    });

    it.each(['dance', 'constructor', '__proto__', 'backEnd', 'getSchedules', 'getTournament'])(
      'C-10 does not know the command %s at /web',
      async (name) => {
        const rid = client.send(name);
        const unsupported = `Unsupported command: ${name}`;
        expect(errorOf(await client.next())).toEqual({
          rid,
          status: 'error',
          slug: 'Invalid-Input',
          text: unsupported,
        });
        expect(backEnd.taken()).toEqual([]);
      },
    );
  });

  describe('authentication', () => {
    it('C-11 answers with the user and what else is known of it', async () => {
      expect(await client.login('bob')).toMatchObject({
        event: 'authentication',
        status: 'ok',
        payload: { id: 'bob' },
      });
      expect((await client.login('brief'))['payload']).toEqual({ id: 'alice', ttl: 2 });
    });

    it('C-12 makes a guest', async () => {
      await client.login('alice');
      expect(await client.ask('authentication')).toMatchObject({ status: 'ok', payload: null });
      expect((await client.ask('raise', { name: 'x' }))['status']).toBe('unauthorized');
    });

    it('C-13 refuses a token as the provider does, and leaves a guest', async () => {
      await client.login('alice');
      expect(errorOf(await client.login('mallory'))).toMatchObject({ status: 'forbidden', slug: 'Forbidden' });
      expect((await client.ask('raise', { name: 'x' }))['status']).toBe('unauthorized');
      for (const authToken of ['', 'a\nb', ' a', 7, {}, 'ä']) {
        const error = errorOf(await client.ask('authentication', { authToken }));
        expect(error).toMatchObject({ status: 'error', slug: 'Invalid-Input' });
        expect(error.text).toContain('authToken must be');
      }
    });

    it('C-14 updates the token of the same user, and of no other', async () => {
      expect(errorOf(await client.ask('authentication', { authToken: 'bob', update: true })).text).toBe(
        'Invalid access token',
      );
      await client.login('alice');
      const id = await client.subscribe('getMyNotifications', TYPES);
      expect(errorOf(await client.ask('authentication', { authToken: 'bob', update: true }))).toMatchObject({
        status: 'error',
        text: 'Invalid access token',
      });
      expect(errorOf(await client.ask('authentication', { authToken: 'mallory', update: true })).status).toBe(
        'forbidden',
      );
      backEnd.taken();
      await client.ask('quick');
      await client.ask('getMyNotificationsCount', COUNT);
      expect(backEnd.taken().at(-1)?.headers.authorization).toBe('alice');
      expect(await client.ask('authentication', { authToken: 'alice again', update: true })).toMatchObject({
        status: 'ok',
        payload: { id: 'alice' },
      });
      await client.ask('getMyNotificationsCount', COUNT);
      expect(backEnd.taken().at(-1)?.headers.authorization).toBe('alice again');
      await update([id], 1);
      expect(await client.soFar()).toMatchObject([{ event: id, payload: 1 }]);
    });

    it('C-15 makes a guest at the end of the time, and says so', async () => {
      await client.login('brief');
      const id = await client.subscribe('getMyNotifications', TYPES);
      expect(await client.next()).toEqual({
        rid: -1,
        event: 'authentication',
        status: 'unauthorized',
        payload: null,
      });
      await update([id], 'secret');
      await feed('create_notification', { owner: 'alice' });
      expect(await client.soFar()).toEqual([]);
      expect(await liveQueries()).toEqual([]);
      expect((await client.ask('raise', { name: 'x' }))['status']).toBe('unauthorized');
      await client.ask('getMyNotificationsCount', COUNT);
      expect(backEnd.taken().at(-1)?.headers).not.toHaveProperty('authorization');
    });
  });

  describe('commands of back ends', () => {
    it.each([
      ['getMyNotifications', {}, 'options.where is required'],
      ['getMyNotifications', { where: null }, 'options.where is required'],
      ['getMyNotifications', { where: [] }, 'options.where must be an object'],
      ['getMyNotifications', { where: {} }, 'options.where.types is required'],
      ['getMyNotifications', { where: { types: 'match' } }, 'options.where.types must be an array'],
      ['getMyNotifications', { where: { types: ['a', 7] } }, 'options.where.types[1] must be a string'],
      [
        'getMyNotifications',
        { ...TYPES, params: { limit: -1, skip: 'x', sort: 1 } },
        'options.params.limit must be at least 0; options.params.skip must be an integer; options.params.sort must be a string',
      ],
      ['getMyNotificationsCount', { ...TYPES, status: 'lost' }, 'options.status must be one of unseen, unread, read'],
      ['getMyNotificationsCount', TYPES, 'options.status is required'],
      ['getMyNotificationsCount', { ...TYPES, status: null }, 'options.status is required'],
      ['updateNotifications', { where: { notifications: ['1'] } }, 'options.status is required'],
      ['few', { names: [], n: 1 }, 'options.names must have at least 1 items'],
    ])('C-16 names what is wrong with the options of %s %j', async (name, options, sentence) => {
      await client.login('alice');
      expect(errorOf(await client.ask(name, options))).toMatchObject({
        status: 'error',
        slug: 'Invalid-Input',
        text: sentence,
      });
      expect(backEnd.taken()).toEqual([]);
    });

    it('C-16 ignores what is not declared, and does not list faults without end', async () => {
      const types = Array.from({ length: 1_000 }, () => 7);
      const { text: sentence } = errorOf(await client.ask('getMyNotificationsCount', { ...COUNT, where: { types } }));
      expect(sentence.split('; ')).toHaveLength(8);
      const answer = await client.ask('getMyNotifications', { ...TYPES, colour: 'red', params: null });
      expect(answer['status']).toBe('ok');
      expect(backEnd.taken().map(({ url }) => url)).toEqual(['/notifications?type=match']);
    });

    it('C-17 builds the requests of the example', async () => {
      const mobile = await loggedIn('alice', '/mobile');
      backEnd.answer(json({ total: 3, other: true }));
      const params = { limit: 10, skip: 20, sort: '-sentAt' };
      const list = await mobile.ask('getMyNotifications', { where: { types: ['a', 'b&c'] }, params });
      expect(list['payload']).toEqual({ total: 3, other: true });
      expect(await mobile.ask('getMyNotificationsCount', { ...TYPES, status: 'unread' })).toMatchObject({
        event: 'getMyNotificationsCount',
        payload: { total: 3 },
      });
      expect(
        await mobile.ask('updateNotifications', { where: { notifications: ['x', 'y'] }, status: 'read' }),
      ).toMatchObject({ event: 'updateNotifications', status: 'ok', payload: null });
      const where = { ...WEEK.where, gameIds: [1, 'two'], test: true, substage: { tiers: ['a'] } };
      await mobile.ask('getSchedules', { where: { ...where, tournament: { ids: ['t1', 't2'] } } });
      await mobile.ask('getTournament', { where: { id: 42 } });
      await mobile.ask('getMyNotifications', { where: { types: [] } });
      await mobile.ask('getMyNotificationsCount', { where: { types: [] }, status: 'read' });
      const week = await mobile.ask('getSchedules', { where: { ...WEEK.where, from: '2021-01-01' } });
      expect(errorOf(week).text).toBe('options.where.from must be an integer');
      expect(backEnd.taken().map(({ method, url, body }) => `${method} ${url} ${body}`.trim())).toEqual([
        'GET /notifications?limit=10&skip=20&sort=-sentAt&type=a&type=b%26c',
        'GET /notifications?status=unread&type=match',
        'PUT /notifications {"ids":["x","y"],"status":"read"}',
        'GET /schedules?from=1609459200&to=1610064000&tz=UTC&game_id=1&game_id=two&substage.tier=a&tournament.id=t1&tournament.id=t2',
        'GET /tournaments/42',
        'GET /notifications',
        'GET /notifications?status=read',
      ]);
    });

    it.each([
      ['?x=1#y', '/fixed/%3Fx%3D1%23y/end?me=alice'],
      ['%2e%2e', '/fixed/%252e%252e/end?me=alice'],
      ['@evil.example:80', '/fixed/%40evil.example%3A80/end?me=alice'],
      ['ä X: y', '/fixed/%C3%A4%20X%3A%20y/end?me=alice'],
    ])('C-17 keeps %j within its segment of the path', async (name, url) => {
      await client.login('alice');
      expect((await client.ask('raise', { name }))['status']).toBe('ok');
      expect(backEnd.taken().map((request) => request.url)).toEqual([url]);
    });

    it.each(['', '.', '..', '\ud800', 'a/../../b', '..%2F..%2Fadmin', '@evil.example:80\\', 'ä\r\nX: y', '%00', '\0'])(
      'C-17 does not let %j into a path, and names it',
      async (name) => {
        await client.login('alice');
        const refused = errorOf(await client.ask('raise', { name }));
        expect(refused.slug).toBe('Invalid-Input');
        expect(refused.text).toContain('options.name must not ');
        expect(backEnd.taken()).toEqual([]);
      },
    );

    it('C-18 forwards the token as it is, for users alone and where the file says so', async () => {
      await client.ask('getMyNotificationsCount', COUNT);
      await client.login('alice again');
      await client.ask('getMyNotificationsCount', COUNT);
      await client.ask('quick');
      expect(backEnd.taken().map(({ headers }) => headers.authorization)).toEqual([
        undefined,
        'alice again',
        undefined,
      ]);
    });

    it.each([
      [400, 'error', 'Invalid-Input'],
      [401, 'unauthorized', 'Unauthorized'],
      [403, 'forbidden', 'Forbidden'],
      [404, 'error', 'Back-End-Error'],
      [500, 'error', 'Back-End-Error'],
      [302, 'error', 'Back-End-Error'],
    ])('C-19 turns status %i of the back end into %s, and passes its reason on', async (code, status, slug) => {
      const mobile = await loggedIn('alice', '/mobile');
      const elsewhere = { Location: `${backEnd.url}/elsewhere` };
      const asked: [string, object][] = [
        ['getMyNotifications', TYPES],
        ['getMyNotificationsCount', { ...TYPES, status: 'read' }],
        ['updateNotifications', { where: { notifications: ['x'] }, status: 'read' }],
        ['getSchedules', WEEK],
        ['getTournament', { where: { id: 1 } }],
      ];
      for (const [name, options] of asked) {
        backEnd.answer(text('{"reason":"because"}', code, elsewhere));
        const refused = await mobile.ask(name, options);
        expect(Object.entries(refused).slice(1)).toEqual([
          ['event', name],
          ['status', status],
          ['payload', { reason: 'because' }],
        ]);
        for (const body of ['', '<html>']) {
          backEnd.answer(text(body, code, elsewhere));
          expect(errorOf(await mobile.ask(name, options))).toMatchObject({ status, slug });
        }
        expect(backEnd.taken()).toHaveLength(3);
        backEnd.answer(json({}));
        await mobile.ask('quick');
        backEnd.taken();
      }
      expect(await liveQueries()).toEqual([]);
    });

    it('C-19 passes the reason of a refusal on as it came, whatever JSON it is', async () => {
      const texts: string[] = [];
      client.client.socket.on('message', (data: Buffer) => texts.push(data.toString()));
      for (const body of ['{"z":1.0, "a":12345678901234567890}', '[]', '"no"', 'null']) {
        backEnd.answer(text(body, 403));
        const { rid } = await client.ask('quick');
        expect(texts.pop()).toBe(`{"rid":${String(rid)},"event":"quick","status":"forbidden","payload":${body}}`);
      }
    });

    it('C-19 passes JSON on as it came, takes nothing for null, and refuses what is no JSON', async () => {
      const texts: string[] = [];
      client.client.socket.on('message', (data: Buffer) => texts.push(data.toString()));
      backEnd.answer(text('{"z":1.0, "a":12345678901234567890}'));
      await client.ask('quick');
      expect(texts).toEqual(['{"rid":1,"event":"quick","status":"ok","payload":{"z":1.0, "a":12345678901234567890}}']);
      backEnd.answer((_, response) => void response.writeHead(204).end());
      expect(await client.ask('quick')).toMatchObject({ status: 'ok', payload: null });
      backEnd.answer(text('<html>'));
      expect(errorOf(await client.ask('quick'))).toMatchObject({ status: 'error', slug: 'Back-End-Error' });
    });

    it('C-21 lets guests ask where the user may be absent: the back end decides', async () => {
      const id = await client.subscribe('getMyNotifications', TYPES);
      expect(id).toBe(subscriptionId('{"resource":"notification","where":{"types":["match"]}}'));
      expect(backEnd.taken().map(({ headers }) => headers.authorization)).toEqual([undefined]);
      backEnd.answer(json({ reason: 'who are you' }, 401));
      expect(await client.ask('getMyNotifications', { where: { types: ['other'] } })).toMatchObject({
        event: 'getMyNotifications',
        status: 'unauthorized',
        payload: { reason: 'who are you' },
      });
    });

    it('C-21 answers a guest with unauthorized where the command needs a user', async () => {
      expect(errorOf(await client.ask('raise', { name: 'x' }))).toMatchObject({
        status: 'unauthorized',
        slug: 'Unauthorized',
      });
      expect(backEnd.taken()).toEqual([]);
    });
  });

  describe('live queries', () => {
    it('C-22 answers with the hash of resource and where', async () => {
      const alice = await loggedIn('alice');
      const [mobile, other] = [await connect('/mobile'), await connect('/mobile')];
      const id = await alice.subscribe('getMyNotifications', TYPES);
      expect(id).toBe(subscriptionId('{"resource":"notification","where":{"types":["match"],"user":"alice"}}'));
      expect(await alice.subscribe('getMyNotifications', { ...TYPES, params: { limit: 1 } })).toBe(id);
      const week = await mobile.subscribe('getSchedules', WEEK);
      expect(week).toBe(
        subscriptionId('{"resource":"schedule","where":{"from":1609459200,"timezone":"UTC","to":1610064000}}'),
      );
      const { from, to, timezone } = WEEK.where;
      expect(await other.subscribe('getSchedules', { where: { timezone, to, from } })).toBe(week);
      await update([id], 'once');
      expect(await alice.soFar()).toHaveLength(1);
    });

    it('C-23 pushes the data of an update to every session with the id', async () => {
      const [first, second, bob] = [await loggedIn('alice'), await loggedIn('alice again'), await loggedIn('bob')];
      const id = await first.subscribe('getMyNotifications', TYPES);
      expect(await second.subscribe('getMyNotifications', TYPES)).toBe(id);
      const bobs = await bob.subscribe('getMyNotifications', TYPES);
      await update([id, id, 'nobody watches this'], { n: [1, 'ä'] });
      const push = { rid: -1, event: id, status: 'update', payload: { n: [1, 'ä'] } };
      expect(await first.soFar()).toEqual([push]);
      expect(await second.soFar()).toEqual([push]);
      expect(await bob.soFar()).toEqual([]);
      await feed('update_subscription', { subscriptions: [bobs, id] });
      expect(await bob.soFar()).toEqual([{ rid: -1, event: bobs, status: 'update', payload: null }]);
      expect(await client.soFar()).toEqual([]);
    });

    it('C-24 asks once for each token and pushes the answer to all its sessions', async () => {
      backEnd.answer((request, response) => json([request.headers.authorization ?? 'guest'])(request, response));
      const tokens = ['alice', 'alice', 'alice', 'alice again'];
      const sessions = await Promise.all(tokens.map((token) => loggedIn(token)));
      const ids = await Promise.all(sessions.map((one) => one.subscribe('getMyNotifications', TYPES)));
      backEnd.taken();
      await update(ids, 'not this', true);
      const pushes = await Promise.all(sessions.map((one) => one.next()));
      expect(pushes).toEqual(tokens.map((token) => ({ rid: -1, event: ids[0], status: 'reload', payload: [token] })));
      expect(
        backEnd
          .taken()
          .map(({ headers }) => headers.authorization)
          .toSorted(),
      ).toEqual(['alice', 'alice again']);
      const mobiles = await Promise.all([loggedIn('alice', '/mobile'), loggedIn('bob', '/mobile'), connect('/mobile')]);
      const [week = ''] = await Promise.all(mobiles.map((one) => one.subscribe('getSchedules', WEEK)));
      backEnd.taken();
      await update([week], undefined, true);
      for (const one of mobiles) expect(await one.next()).toMatchObject({ status: 'reload', payload: ['guest'] });
      expect(backEnd.taken()).toHaveLength(1);
    });

    it('C-24 asks once more for all changes during a reload, and pushes no error', async () => {
      const mobile = await connect('/mobile');
      const id = await mobile.subscribe('getSchedules', WEEK);
      const held: ServerResponse[] = [];
      backEnd.answer((_, response) => void held.push(response));
      await update([id], null, true);
      await waitFor('the reload', () => held.length === 1);
      for (let index = 0; index < 5; index++) await update([id], null, true);
      held[0]?.end('1');
      await waitFor('the second reload', () => held.length === 2);
      held[1]?.writeHead(500).end();
      expect(await mobile.next()).toMatchObject({ status: 'reload', payload: 1 });
      backEnd.answer(json(3));
      await update([id], null, true);
      expect(await mobile.next()).toMatchObject({ status: 'reload', payload: 3 });
      expect(held).toHaveLength(2);
    });

    it('C-24 is not overtaken by what was published behind it, for any of several queries', async () => {
      const mobile = await connect('/mobile');
      const days = [1, 2, 3, 4, 5, 6];
      const watchers = await Promise.all(days.map(() => connect('/mobile')));
      const weeks = days.map((day) => ({ where: { ...WEEK.where, from: day } }));
      const ids = await Promise.all(watchers.map((one, index) => one.subscribe('getSchedules', weeks[index])));
      await mobile.subscribe('getSchedules', weeks[0]);
      let state = 'v1';
      const held: (() => void)[] = [];
      backEnd.answer((request, response) => {
        const read = state;
        held.push(() => json(read)(request, response));
      });
      await update(ids, 'v0');
      await update(ids, undefined, true);
      await waitFor('the reloads', () => held.length === 4);
      state = 'v2';
      await update(ids, 'v2');
      await update(ids.toReversed(), undefined, true);
      state = 'v3';
      await update(ids, 'v3');
      const heard = (one: CommandsClient): unknown[] => one.client.received.map(({ payload }) => payload);
      await waitFor('everybody to have heard the last', () => {
        held.shift()?.();
        return watchers.every((one) => heard(one).at(-1) === 'v3' && heard(one).length >= 4) && held.length === 0;
      });
      for (const one of [mobile, ...watchers]) {
        const seen = one.client.received.map(({ status, payload }) => `${String(status)} ${String(payload)}`);
        expect(seen[0]).toBe('update v0');
        expect(seen.at(-1)).toBe('update v3');
        expect(seen.indexOf('update v2')).toBeGreaterThan(seen.findIndex((push) => push.startsWith('reload')));
      }
    });

    it('C-24 tells what was published behind a reload that fails', async () => {
      const mobile = await connect('/mobile');
      const id = await mobile.subscribe('getSchedules', WEEK);
      const held: ServerResponse[] = [];
      backEnd.answer((_, response) => void held.push(response));
      await update([id], null, true);
      await waitFor('the reload', () => held.length === 1);
      await update([id], 'new');
      expect(await mobile.soFar()).toEqual([]);
      held[0]?.writeHead(500).end();
      expect(await mobile.next()).toMatchObject({ status: 'update', payload: 'new' });
    });

    it('C-25 does not lose what changes while the first answer is under way', async () => {
      const mobile = await connect('/mobile');
      const held: ServerResponse[] = [];
      backEnd.answer((_, response) => void held.push(response));
      const rid = mobile.send('getSchedules', WEEK);
      await waitFor('the back end to be asked', () => held.length === 1);
      const id = subscriptionId('{"resource":"schedule","where":{"from":1609459200,"timezone":"UTC","to":1610064000}}');
      await update([id], 'new');
      held[0]?.end('"old"');
      await waitFor('the back end to be asked again', () => held.length === 2);
      held[1]?.end('"new"');
      expect(await mobile.next()).toEqual({ rid, event: id, status: 'ok', payload: 'new' });
      expect(await mobile.soFar()).toEqual([]);
    });

    it('C-26 ends subscriptions by their ids', async () => {
      const mobile = await connect('/mobile');
      const id = await mobile.subscribe('getSchedules', WEEK);
      expect(await mobile.ask('subscription', { ids: [id, 'unknown'], action: 'unsubscribe' })).toMatchObject({
        event: 'subscription',
        status: 'ok',
        payload: null,
      });
      await update([id], 1);
      expect(await mobile.soFar()).toEqual([]);
      for (const options of [{}, { ids: [7], action: 'unsubscribe' }, { ids: 'x', action: 'unsubscribe' }]) {
        expect(errorOf(await mobile.ask('subscription', options)).text).toContain('options.');
      }
    });

    it.each([
      ['a guest', {}],
      ['another user', { authToken: 'bob' }],
      ['a guest by a token that is refused', { authToken: 'mallory' }],
    ])('C-27 ends them when a session becomes that of %s', async (_, options) => {
      await client.login('alice');
      const id = await client.subscribe('getMyNotifications', TYPES);
      await client.ask('authentication', options);
      await update([id], 'secret');
      await update([id], undefined, true);
      await feed('create_notification', { owner: 'alice' });
      expect(await client.soFar()).toEqual([]);
      expect(await liveQueries()).toEqual([]);
    });

    it('C-27 does not push to the next user what was asked for the last', async () => {
      await client.login('alice');
      const id = await client.subscribe('getMyNotifications', TYPES);
      const held: ServerResponse[] = [];
      backEnd.answer((_, response) => void held.push(response));
      await update([id], null, true);
      await waitFor('the reload', () => held.length === 1);
      await client.login('bob');
      held[0]?.end('"secret"');
      backEnd.answer(json('bobs'));
      await client.subscribe('getMyNotifications', TYPES);
      expect(await client.soFar()).toEqual([]);
    });

    it('C-27 leaves a guest what it subscribed to, and a user who comes again', async () => {
      const mobile = await connect('/mobile');
      const week = await mobile.subscribe('getSchedules', WEEK);
      await mobile.login('alice');
      const id = await mobile.subscribe('getMyNotifications', TYPES);
      await mobile.login('alice again');
      await update([week, id], 1);
      expect(await mobile.soFar()).toHaveLength(2);
    });

    it('C-28 bounds the subscriptions of a session', async () => {
      const mobile = await connect('/mobile');
      const from = (day: number): object => ({ where: { ...WEEK.where, from: day } });
      for (const day of [1, 2, 3, 3]) await mobile.subscribe('getSchedules', from(day));
      const error = errorOf(await mobile.ask('getSchedules', from(4)));
      expect(error).toMatchObject({ status: 'error', slug: 'Too-Many-Requests' });
      const { slug } = errorOf(
        await mobile.ask('getSchedules', { where: { ...WEEK.where, timezone: 'x'.repeat(8_200) } }),
      );
      expect(slug).toBe('Invalid-Input');
    });

    it('C-28 keeps nothing of a session that left while its command was carried out', async () => {
      const mobile = await loggedIn('brief', '/mobile');
      const held: ServerResponse[] = [];
      backEnd.answer((_, response) => void held.push(response));
      mobile.send('getSchedules', WEEK);
      await waitFor('the back end to be asked', () => held.length === 1);
      await mobile.close();
      held[0]?.end('1');
      expect(await client.ask('authentication')).toMatchObject({ status: 'ok' });
      expect(await liveQueries()).toEqual([]);
    });

    it('C-29 pushes a notification to all sessions of its owner', async () => {
      const [alice, mobile, bob] = [await loggedIn('alice'), await loggedIn('alice', '/mobile'), await loggedIn('bob')];
      const document = { _id: '1', owner: 'alice', type: 'match', status: 'unseen', sentAt: 7, data: { a: null } };
      await feed('create_notification', document);
      const push = { rid: -1, event: 'notifications', status: 'ok', payload: document };
      expect(await alice.soFar()).toEqual([push]);
      expect(await mobile.soFar()).toEqual([push]);
      expect(await bob.soFar()).toEqual([]);
      expect(await client.soFar()).toEqual([]);
    });

    it('C-30 drops what makes no sense, and counts it', async () => {
      const mobile = await connect('/mobile');
      const id = await mobile.subscribe('getSchedules', WEEK);
      const wrong: unknown[] = [
        null,
        [],
        {},
        { type: 'update_subscription' },
        { type: 'dance', document: {} },
        { type: 'update_subscription', document: {} },
        { type: 'update_subscription', document: { subscriptions: [id, 7] } },
        { type: 'update_subscription', document: { subscriptions: [id], options: { reload: 'yes' } } },
        { type: 'create_notification', document: {} },
        { type: 'create_notification', document: { owner: '' } },
      ];
      const metric = 'hermes_events_total{source="commands",fate="bad_feed_message"}';
      const before = (await node.metric(metric)) ?? 0;
      await node.publish(...wrong.map((data) => ({ channel: 'wss', data })));
      expect(await mobile.soFar()).toEqual([]);
      expect(await node.metric(metric)).toBe(before + wrong.length);
    });

    it('C-31 lists the live queries for those who have the key', async () => {
      const [first, second, alice] = [await connect('/mobile'), await connect('/mobile'), await loggedIn('alice')];
      const week = await first.subscribe('getSchedules', WEEK);
      await second.subscribe('getSchedules', WEEK);
      const id = await alice.subscribe('getMyNotifications', TYPES);
      expect(await liveQueries()).toEqual([
        { id: week, resource: 'schedule', where: WEEK.where, sessions: 2 },
        { id, resource: 'notification', where: { types: ['match'], user: 'alice' }, sessions: 1 },
      ]);
      expect((await fetch(`${node.url}/api/subscriptions`)).status).toBe(401);
      await first.close();
      await waitFor('it to have left', async () => (await liveQueries())[0]?.['sessions'] === 1);
    });

    it('C-32 shows no other event, and the feed to no one else', async () => {
      await client.login('alice');
      const id = await client.subscribe('getMyNotifications', TYPES);
      const hermes = await node.client();
      await hermes.subscribe('***');
      await node.publish({ channel: 'prices' }, { channel: id }, { channel: 'prices', userId: 'alice' });
      await update([id], 1);
      expect(await client.soFar()).toHaveLength(1);
      expect((await hermes.soFar()).map(({ channel }) => channel)).toEqual(['prices', id]);
    });
  });
});

describe('the commands dialect, under strain', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hermes-commands-'));
  let backEnd: StubBackEnd;
  let node: Node;

  async function start(environment: Record<string, string>): Promise<CommandsClient> {
    backEnd = await StubBackEnd.start();
    node = await Node.start({ HERMES_COMMANDS_FILE: commandsFile(folder, backEnd.url), ...environment });
    return CommandsClient.connect(node.url);
  }

  afterEach(async () => {
    await node.stop();
    await backEnd.stop();
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('C-3 pings, and asks for no pong', async () => {
    await start({ HERMES_PING_INTERVAL: '100ms', HERMES_PONG_TIMEOUT: '100ms' });
    const mute = await CommandsClient.connect(node.url, '/web', { autoPong: false });
    let pings = 0;
    mute.client.socket.on('ping', () => pings++);
    await waitFor('several pings', () => pings >= 3);
    expect(await mute.ask('authentication')).toMatchObject({ status: 'ok' });
  });

  it('C-4 warns who floods with rid -1 and closes with 4029, and with 1001 when the node stops', async () => {
    const flooder = await start({ HERMES_COMMAND_BURST: '5', HERMES_COMMAND_RATE: '5' });
    const calm = await CommandsClient.connect(node.url);
    for (let index = 0; index < 5; index++) await flooder.ask('authentication');
    for (let index = 0; index < 30; index++) flooder.send('authentication');
    const warning = await waitFor('the warning', () => flooder.client.received.find(({ rid }) => rid === -1));
    expect(errorOf(warning)).toMatchObject({ slug: 'Too-Many-Requests' });
    expect(await flooder.client.closed).toBe(4029);
    void node.app.close();
    expect(await calm.client.closed).toBe(1001);
  });

  it('C-23 pushes to those who take compressed frames and those who do not', async () => {
    const plain = await start({
      HERMES_COMPRESSION: 'true',
      HERMES_AUTH_PROVIDERS: JSON.stringify(PROVIDERS),
    });
    const deflating = await CommandsClient.connect(node.url, '/web', { perMessageDeflate: true });
    const both = [plain, deflating];
    for (const one of both) await one.login('alice');
    const [id] = await Promise.all(both.map((one) => one.subscribe('getMyNotifications', TYPES)));
    const data = 'x'.repeat(5_000);
    const publish = (type: string, document: object): Promise<void> =>
      node.publish({ channel: 'wss', visibility: 'internal', data: { type, document } });
    await publish('update_subscription', { subscriptions: [id], data });
    await publish('create_notification', { owner: 'alice', data });
    for (const one of both) {
      expect(await one.next()).toEqual({ rid: -1, event: id, status: 'update', payload: data });
      expect(await one.next()).toMatchObject({ event: 'notifications', payload: { data } });
    }
  });

  it('C-13 passes on why a provider refuses', async () => {
    const says =
      (code: number, body: string): Manner =>
      (response) =>
        void response.writeHead(code).end(body);
    const users = await UsersService.start({
      user: (response, body) => {
        const { token } = JSON.parse(body) as { token: string };
        const manner = token === 'in' ? says(200, '{"userId":"alice"}') : says(Number(token), `{"why":${token}}`);
        (token === '418' ? says(418, '<html>') : manner)(response, body);
      },
    });
    const client = await start({ HERMES_AUTH_PROVIDERS: JSON.stringify(users.providers()) });
    const refusals: [token: string, status: string][] = [
      ['400', 'error'],
      ['401', 'unauthorized'],
      ['403', 'forbidden'],
      ['404', 'error'],
      ['500', 'error'],
    ];
    for (const [token, status] of refusals) {
      const rid = client.send('authentication', { authToken: token });
      const refused = { event: 'authentication', status, payload: { why: Number(token) } };
      expect(await client.next()).toEqual({ rid, ...refused });
      await client.login('in');
      const update = client.send('authentication', { authToken: token, update: true });
      expect(await client.next()).toEqual({ rid: update, ...refused });
    }
    expect(errorOf(await client.login('418'))).toMatchObject({ status: 'error', text: 'the token is not accepted' });
    await users.stop();
  });

  it('C-24 leaves room for the commands of clients while it reloads', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `user ${index}`);
    const tokens = Object.fromEntries(names.map((userId) => [userId, { userId: 'alice' }]));
    await start({ HERMES_AUTH_PROVIDERS: JSON.stringify({ user: { type: 'static', tokens } }) });
    const sessions = await Promise.all(names.map(() => CommandsClient.connect(node.url)));
    await Promise.all(sessions.map((one, index) => one.login(names[index] ?? '')));
    const [id] = await Promise.all(sessions.map((one) => one.subscribe('getMyNotifications', TYPES)));
    const held: ServerResponse[] = [];
    let most = 0;
    backEnd.answer((_, response) => {
      most = Math.max(most, held.push(response));
    });
    const document = { subscriptions: [id], options: { reload: true } };
    await node.publish({ channel: 'wss', data: { type: 'update_subscription', document } });
    const pushes = Promise.all(sessions.map((one) => one.next()));
    for (let answered = 0; answered < names.length; answered++) {
      await waitFor('a request', () => held.length > 0 && (held.length === 16 || names.length - answered < 16));
      held.shift()?.end('"new"');
    }
    expect((await pushes).every(({ status, payload }) => status === 'reload' && payload === 'new')).toBe(true);
    expect(most).toBe(16);
  });

  it('C-20 gives a back end its time and no more, and asks it for others all the same', async () => {
    const client = await start({ HERMES_COMMANDS_TIMEOUT: '200ms' });
    backEnd.answer(() => undefined);
    for (let index = 0; index < 6; index++) {
      expect(errorOf(await client.ask('quick'))).toMatchObject({ status: 'error', slug: 'Unavailable' });
    }
    expect(backEnd.taken()).toHaveLength(6);
    backEnd.answer(json(1));
    expect(await client.ask('quick')).toMatchObject({ status: 'ok' });
  });

  it('C-20 leaves alone a back end that is down, and no other', async () => {
    const client = await start({});
    backEnd.answer((_, response) => void response.writeHead(500).end());
    for (let index = 0; index < 6; index++) await client.ask('quick');
    expect(backEnd.taken()).toHaveLength(6);
    backEnd.answer((_, response) => void response.writeHead(503).end());
    while (errorOf(await client.ask('quick')).slug !== 'Unavailable') expect(backEnd.taken()).toHaveLength(1);
    backEnd.answer(json(1));
    expect(errorOf(await client.ask('quick')).slug).toBe('Unavailable');
    expect(backEnd.taken()).toEqual([]);
  });

  it('C-20 bounds the answer, and what runs and waits at a time', async () => {
    const client = await start({
      HERMES_COMMANDS_MAX_ANSWER: '1KiB',
      HERMES_COMMANDS_CONCURRENCY: '1',
      HERMES_COMMANDS_QUEUE: '1',
    });
    const others = await Promise.all([1, 2].map(() => CommandsClient.connect(node.url)));
    backEnd.answer(json('x'.repeat(2_000)));
    expect(errorOf(await client.ask('quick')).slug).toBe('Back-End-Error');
    backEnd.taken();
    const held: ServerResponse[] = [];
    backEnd.answer((_, response) => void held.push(response));
    const answers = [client, ...others].map((one) => one.ask('quick'));
    expect(errorOf(await Promise.race(answers)).slug).toBe('Unavailable');
    await waitFor('the back end to be asked', () => held.length === 1);
    backEnd.answer(json(1));
    held[0]?.end('1');
    expect((await Promise.all(answers)).filter(({ status }) => status === 'ok')).toHaveLength(2);
  });
});

describe('the protocol page', () => {
  it('has a test for every clause', () => {
    const clauses = readFileSync(join(FOLDER, 'PROTOCOL.md'), 'utf8').match(/\*\*C-\d+\*\*/g) ?? [];
    const tests = readFileSync(__filename, 'utf8');
    const missing = clauses
      .map((clause) => clause.replaceAll('*', ''))
      .filter((clause) => !tests.includes(`'${clause} `));
    expect(clauses.length).toBe(32);
    expect(missing).toEqual([]);
  });
});
