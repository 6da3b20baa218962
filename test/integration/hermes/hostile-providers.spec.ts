import { Client, payloadOf } from '../../support/hermes/client.js';
import { Node } from '../../support/hermes/node.js';
import { UsersService, type Manner } from '../../support/hermes/users-service.js';
import { waitFor } from '../../support/index.js';

/** Every token is the id of its user. */
const good: Manner = (response, body) => {
  const { token } = JSON.parse(body) as { token: string };
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ userId: token }));
};

const endless: Manner = (response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const block = 'x'.repeat(16 * 1024);
  const more = (): void => {
    while (!response.destroyed && response.write(block));
  };
  response.on('drain', more);
  more();
};

const drips: Manner = (response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 20);
  response.once('close', () => clearInterval(timer));
};

/** What each manner of answering becomes for the client. */
const MANNERS: Record<string, { readonly manner: Manner; readonly code: number }> = {
  hangs: { manner: () => undefined, code: 503 },
  drips: { manner: drips, code: 503 },
  endless: { manner: endless, code: 503 },
  dropped: { manner: (response) => response.socket?.destroy(), code: 503 },
  dies: {
    manner: (response) => {
      response.writeHead(200, { 'Content-Length': 1_000 });
      response.write('{"userId":"half', () => response.socket?.resetAndDestroy());
    },
    code: 503,
  },
  redirects: { manner: (response) => response.writeHead(307, { Location: '/stolen' }).end(), code: 307 },
  rubbish: { manner: (response) => response.writeHead(200).end('<html>Welcome!</html>'), code: 502 },
  nothing: { manner: (response) => response.writeHead(200).end(), code: 502 },
  anArray: { manner: (response) => response.writeHead(200).end('["userId"]'), code: 502 },
  badUser: { manner: (response) => response.writeHead(200).end('{"userId":{"toString":"x"}}'), code: 502 },
  badTtl: { manner: (response) => response.writeHead(200).end('{"userId":"u","ttl":"soon"}'), code: 502 },
  badRole: { manner: (response) => response.writeHead(200).end('{"userId":"u","role":["admin"]}'), code: 502 },
  noContent: { manner: (response) => response.writeHead(204).end(), code: 204 },
  broken: { manner: (response) => response.writeHead(500).end('{"userId":"u"}'), code: 500 },
  teapot: { manner: (response) => response.writeHead(418).end(), code: 418 },
};

let service: UsersService;
let node: Node;

async function start(manners: Record<string, Manner>, provider: object = {}, timeout = '20s'): Promise<void> {
  service = await UsersService.start({ good, ...manners });
  const origins = { ...service.providers(provider), user: { type: 'static', tokens: { alice: { userId: 'alice' } } } };
  node = await Node.start({ HERMES_AUTH_PROVIDERS: JSON.stringify(origins), HERMES_AUTH_TIMEOUT: timeout });
}

afterEach(async () => {
  await node.stop();
  await service.stop();
});

const badManners = Object.fromEntries(Object.entries(MANNERS).map(([name, { manner }]) => [name, manner]));

describe('providers that misbehave, all at the same time', () => {
  it('cost their own clients an answer, each its code, and leave everybody else undisturbed', async () => {
    await start(badManners, { breakAfter: 10_000 }, '3s');
    const crowd = await Promise.all(
      Object.keys(MANNERS).flatMap((origin) =>
        Array.from({ length: 5 }, async () => ({ origin, client: await node.client() })),
      ),
    );
    const waiting = await node.client();
    await waiting.subscribe('prices');
    waiting.send('authorize', { token: 't', origin: 'hangs' }, 'patience');
    const answers = crowd.map(async ({ origin, client }) => `${origin} ${await client.authorize('t', origin)}`);

    const healthy = await node.client();
    await healthy.subscribe('prices');
    for (let round = 0; round < 20; round++) {
      expect(await healthy.authorize(`user ${round}`, round % 2 === 0 ? 'good' : 'user')).toBe(
        round % 2 === 0 ? 200 : 403,
      );
      await node.publish({ data: round }, { data: `for ${round}`, userId: `user ${round}` });
    }
    const numbers = Array.from({ length: 20 }, (_, round) => (round % 2 === 0 ? [round, `for ${round}`] : [round]));
    expect((await healthy.soFar()).map(payloadOf)).toEqual(numbers.flat());

    const expected = Object.entries(MANNERS).flatMap(([origin, { code }]) =>
      Array.from({ length: 5 }, () => `${origin} ${code}`),
    );
    expect((await Promise.all(answers)).toSorted()).toEqual(expected.toSorted());
    // Whoever waits for a provider is shown events meanwhile, and stays anonymous afterwards.
    const meanwhile = await waiting.take(21);
    expect(meanwhile.filter(({ id }) => id !== 'patience').map(payloadOf)).toEqual(
      Array.from({ length: 20 }, (_, round) => round),
    );
    expect(await node.metric('hermes_users')).toBe(0);
  });

  it('are not followed to where they point', async () => {
    await start(badManners);
    const client = await node.client();
    expect(await client.authorize('secret', 'redirects')).toBe(307);
    expect([...service.asked.keys()]).toEqual(['redirects']);
  });

  it('are asked no more after five failures, but their clients are answered, and asked again when they are back', async () => {
    let ill = true;
    const recovers: Manner = (response, body) => (ill ? response.writeHead(503).end() : good(response, body));
    await start({ recovers }, { retryAfter: '3s' });
    const client = await node.client();
    const codes: number[] = [];
    for (let attempt = 0; attempt < 20; attempt++) codes.push(await client.authorize('u', 'recovers'));
    expect(service.timesAsked('recovers')).toBeLessThan(20);
    expect(await client.authorize('u', 'good')).toBe(200);

    ill = false;
    await waitFor('the provider to be asked again', async () => (await client.authorize('u', 'recovers')) === 200);
  });

  it('are asked for others when somebody has tokens that they cannot stand', async () => {
    const picky: Manner = (response, body) =>
      body.includes('"bad"') ? response.writeHead(500).end() : good(response, body);
    await start({ picky });
    const stranger = await node.client();
    for (let attempt = 0; attempt < 20; attempt++) expect(await stranger.authorize('bad', 'picky')).toBe(500);
    const client = await node.client();
    expect(await client.authorize('u', 'picky')).toBe(200);
  });

  it('are asked for others when one address has more slow tokens than there are slots', async () => {
    const patient: Manner = (response, body) => (body.includes('"slow"') ? undefined : good(response, body));
    await start({ patient }, {}, '3s');
    const strangers = await Promise.all(Array.from({ length: 70 }, () => node.client()));
    const slow = strangers.map((stranger) => stranger.authorize('slow', 'patient'));
    await waitFor('the slow tokens', () => service.timesAsked('patient') >= 32);
    const client = await node.client({ localAddress: '127.0.0.2' });
    for (let login = 0; login < 5; login++) expect(await client.authorize(`u${login}`, 'patient')).toBe(200);
    expect(await Promise.all(slow)).toEqual(slow.map(() => 503));
    expect(await client.authorize('u', 'patient')).toBe(200);
  });

  it('find nobody when they answer at last, and nothing of those who left is kept', async () => {
    const late: (() => void)[] = [];
    const thinks: Manner = (response, body) => void late.push(() => good(response, body));
    await start({ thinks }, {}, '30s');
    const clients = await Promise.all(Array.from({ length: 60 }, () => Client.connect(node.subscribeUrl)));
    for (const client of clients) {
      client.send('authorize', { token: 'u', origin: 'thinks' });
      client.send('subscribe', { channel: 'prices' });
    }
    await waitFor('the provider to think of all of them', () => late.length === 60);
    for (const client of clients) client.socket.terminate();
    const gone = 'hermes_sessions{gateway="hermes",state="anonymous"}';
    await waitFor('the clients to be gone', async () => (await node.metric(gone)) === 0);

    for (const answer of late) answer();
    const answered = 'hermes_authorizations_total{origin="thinks",code="200"}';
    await waitFor('the answers to arrive', async () => (await node.metric(answered)) === 60);
    const left = ['hermes_users', 'hermes_subscriptions', 'hermes_sessions{gateway="hermes",state="authorized"}'];
    expect(await Promise.all(left.map((name) => node.metric(name)))).toEqual([0, 0, 0]);
  });
});

describe('tokens and users of a provider', () => {
  it('may be odd: each user gets what is for that user, letter for letter', async () => {
    await start({});
    const ids = [
      'o"d\nd 🪶',
      "'; drop table users; --",
      '\\u0041',
      '\u00e9',
      'e\u0301',
      '__proto__',
      'constructor',
      '***',
      ' u ',
      '7',
    ];
    const clients = await Promise.all(ids.map(() => node.client()));
    for (const [index, client] of clients.entries()) {
      expect(await client.authorize(ids[index] ?? '', 'good')).toBe(200);
      await client.subscribe('prices');
    }
    expect(await node.metric('hermes_users')).toBe(ids.length);
    await node.publish(...ids.map((userId) => ({ userId, data: userId })));
    const seen = await Promise.all(clients.map(async (client) => (await client.soFar()).map(payloadOf)));
    expect(seen).toEqual(ids.map((id) => [id]));
  });

  it.each(['\u0000', 'a\u0000b', '\ud800', 'b\ufffdb', 'x'.repeat(257), ' '])(
    'may not be a user who could be taken for another, or kept nowhere: %j',
    async (id) => {
      await start({});
      const client = await node.client();
      expect(await client.authorize(id, 'good')).toBe(502);
      expect(await node.metric('hermes_users')).toBe(0);
    },
  );

  it('are not two users who are one in Latin-1', async () => {
    const latin: Manner = (response, body) => {
      const { token } = JSON.parse(body) as { token: string };
      response.writeHead(200, { 'Content-Type': 'application/json; charset=iso-8859-1' });
      response.end(Buffer.from(JSON.stringify({ userId: token }), 'latin1'));
    };
    await start({ latin });
    const client = await node.client();
    expect(await client.authorize('b\u00f6b', 'latin')).toBe(502);
    expect(await client.authorize('b\u00e4b', 'latin')).toBe(502);
    expect(await client.authorize('bob', 'latin')).toBe(200);
  });

  it.each([
    ['the http one, whose 200 stands for it', 'silent', {}, ['role', 'all']],
    ['the http one, when roles must be named', 'silent', { requireRole: true }, ['all']],
    ['the table of tokens', 'user', {}, ['all']],
  ])('have a role that nobody named only by %s', async (_, origin, settings, seen) => {
    await start({ silent: (response) => response.writeHead(200).end('{"userId":"alice"}') }, settings);
    const client = await node.client();
    expect(await client.authorize('alice', origin, 'admin')).toBe(200);
    await client.subscribe('prices');
    await node.publish({ data: 'role', role: 'admin' }, { data: 'all' });
    expect((await client.soFar()).map(payloadOf)).toEqual(seen);
  });

  it('may be a token of 8 KiB, which comes to the provider whole', async () => {
    await start({ fixed: (response) => response.writeHead(200).end('{"userId":"u"}') });
    const client = await node.client();
    const token = Array.from({ length: 1_024 }, (_, index) => `${index}`.padStart(8, '"')).join('');
    expect(token).toHaveLength(8 * 1024);
    expect(await client.authorize(token, 'fixed')).toBe(200);
    expect(JSON.parse(service.asked.get('fixed')?.[0] ?? '')).toMatchObject({ token, origin: 'fixed' });
  });
});
