import { createHmac } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePort, waitFor } from '../support/index.js';
import { Client, payloadOf } from '../support/hermes/client.js';
import { post } from '../support/hermes/http.js';
import { built, Product, PRODUCT_TIMEOUT, ROOT, emptyFolder } from '../support/hermes/product.js';

const KEY = 'the-key-of-this-product-and-no-other';
const PARTNER_SECRET = 'shared-with-the-partner';
const EXAMPLE = join(ROOT, 'libs/auth-provider/example');

let products: Product[] = [];

async function start(...args: Parameters<typeof Product.start>): Promise<Product> {
  const product = await Product.start(...args);
  products.push(product);
  return product;
}

// Whichever test comes first has the product built, which may take longer than a test does.
beforeAll(() => built(), PRODUCT_TIMEOUT);

afterEach(async () => {
  await Promise.all(products.map((product) => product.kill()));
  products = [];
});

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** As the README of the example has it: `<userId>.<expiry in Unix seconds>.<HMAC-SHA256 in hex of what precedes>`. */
function partnerToken(userId: string): string {
  const signed = `${userId}.${Math.floor(Date.now() / 1_000) + 60}`;
  return `${signed}.${createHmac('sha256', PARTNER_SECRET).update(signed).digest('hex')}`;
}

async function refusal(environment: Record<string, string>): Promise<Product> {
  const hermes = await Product.launch(environment);
  products.push(hermes);
  expect(await hermes.ended).toEqual({ code: 1, signal: null });
  return hermes;
}

/** What the provider of the example says of its own tokens, and what its user gets. */
async function partnerOf(hermes: Product): Promise<unknown> {
  const client = await hermes.client();
  await client.subscribe('prices');
  const accepted = await client.authorize(partnerToken('u7'), 'partner', 'partner');
  await hermes.publish(KEY, { userId: 'u7', role: 'partner', data: 'for you' }, { userId: 'u8', data: 'for others' });
  const seen = (await client.soFar()).map(payloadOf);
  const forged = await client.authorize(partnerToken('u7').replace('u7', 'u8'), 'partner', 'partner');
  const wrongRole = await client.authorize(partnerToken('u7'), 'partner', 'admin');
  return { accepted, seen, forged, wrongRole };
}

describe('Hermes started with nothing at all', () => {
  it('says where it is, shows its key once, and the line it offers to try brings an event to a client', async () => {
    const hermes = await start();
    await waitFor('the whole greeting', () => hermes.stdout.includes('hello from curl'));
    const client = await hermes.client();
    await client.subscribe('***');
    const greeting = hermes.stdout;
    expect(greeting).toContain(hermes.url);
    expect(greeting).toContain(hermes.subscribeUrl);
    expect(greeting).toContain('npx hermes listen');
    expect(greeting).toContain('npx hermes publish');

    const [, key = ''] = /API key, generated for this start: (\S+)/.exec(greeting) ?? [];
    const [, address = '', body = ''] = /(http:\S+\/api\/events) \\\n +-d '(.+)'/.exec(greeting) ?? [];
    expect(key.length).toBeGreaterThanOrEqual(32);
    const response = await fetch(address, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body,
    });

    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ accepted: 1 });
    expect(await client.next()).toEqual({
      broadcast: true,
      channel: 'news',
      event: 'flash',
      data: { flash: { text: 'hello from curl' } },
    });
    expect(await hermes.readiness()).toEqual(expect.objectContaining({ status: 200, reasons: [] }));
  });

  it('leaves address and key for the terminal client in a file of this user alone, and takes it away at its end', async () => {
    const hermes = await start();
    const file = join(hermes.folder, '.hermes/local.json');
    const { url, apiKey } = JSON.parse(await waitFor('the file', () => existsSync(file) && readFileSync(file, 'utf8')));
    expect(url).toBe(hermes.url);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await hermes.publish(apiKey, { data: 1 });

    hermes.signal('SIGINT');

    expect(await hermes.ended).toEqual({ code: 0, signal: null });
    expect(existsSync(file)).toBe(false);
  });
});

describe('Hermes started with a key', () => {
  let hermes: Product;

  beforeAll(async () => {
    hermes = await Product.start({ HERMES_API_KEY: KEY, HERMES_DRAIN: '0' });
  }, PRODUCT_TIMEOUT);

  afterAll(() => hermes.kill());

  it('takes events only with it, and names what is wrong with one', async () => {
    const client = await hermes.client();
    await client.subscribe('***');
    const good = { channel: 'c', event: 'e', visibility: 'broadcast', data: 1 };

    const without = await fetch(`${hermes.url}/api/events`, { method: 'POST', body: JSON.stringify(good) });
    expect(without.status).toBe(401);
    expect(without.headers.get('www-authenticate')).toBe('Bearer');
    expect((await post(hermes.url, `${KEY}x`, JSON.stringify(good))).status).toBe(401);

    const bad = await post(hermes.url, KEY, JSON.stringify([good, { ...good, visibility: 'everybody' }]));
    expect(bad.status).toBe(400);
    expect(await bad.json()).toMatchObject({ message: [expect.stringContaining('[1].visibility')] });
    expect(await client.soFar()).toEqual([]);
  });

  it('describes its HTTP API', async () => {
    const page = (await (await hermes.get('/api/openapi.json')).json()) as {
      paths: Record<string, Record<string, { responses: object; requestBody: object; security: object[] }>>;
      components: { schemas: Record<string, { properties: object; required: string[] }> };
    };

    const { responses, requestBody, security } = page.paths['/api/events']?.['post'] ?? {};
    expect(Object.keys(responses ?? {})).toEqual(expect.arrayContaining(['202', '400', '401', '503']));
    expect(JSON.stringify(requestBody)).toContain('#/components/schemas/PublishRequest');
    expect(security).toEqual([{ bearer: [] }]);
    const { properties, required } = page.components.schemas['PublishRequest'] ?? {};
    expect(Object.keys(properties ?? {})).toEqual(
      expect.arrayContaining(['channel', 'event', 'visibility', 'userId', 'role', 'cacheTtl', 'cacheKey', 'data']),
    );
    expect(required).toEqual(expect.arrayContaining(['channel', 'event', 'visibility', 'data']));
    expect((await hermes.get('/api/docs')).status).toBe(200);
  });

  it('prints it nowhere, writes no file, and logs nothing but JSON lines with the name of an event', async () => {
    const own = await start({ HERMES_API_KEY: KEY, HERMES_DRAIN: '0' });
    await own.publish(KEY, { data: 1 });
    own.signal('SIGTERM');
    await own.ended;

    expect(own.stdout + own.stderr).not.toContain(KEY);
    expect(readdirSync(own.folder)).toEqual([]);
    expect(own.log).toHaveLength(lines(own.stdout).length);
    for (const { event, level, time } of own.log) {
      expect(event).toMatch(/^[a-z]+(\.[a-z]+)+$/);
      expect([level, time]).toEqual([expect.any(Number), expect.any(Number)]);
    }
    // Who starts a second node finds here why the two do not hear of each other.
    expect(await own.logged('bus.chosen')).toMatchObject({
      bus: 'memory',
      reach: expect.stringContaining('HERMES_BUS'),
    });
    expect(own.log.map(({ event }) => event)).toEqual(
      expect.arrayContaining([
        'server.listening',
        'bus.chosen',
        'shutdown.started',
        'sessions.drained',
        'shutdown.finished',
      ]),
    );
  });
});

describe('a Hermes that cannot start', () => {
  it('names every fault of its environment on a line of its own, quotes no secret, and shows no stack', async () => {
    const hermes = await refusal({
      HERMES_PORT: 'http',
      HERMES_PING_INTERVAL: 'soon',
      HERMES_MAX_FRAME: '12',
      HERMES_RABBITMQ_URI: 'not-a-uri-but-a-passw0rd',
      HERMES_AUTH_PROVIDERS: '{"user":{"type":"static","tokens":{"t0ken":{}}},"x":{"type":"magic"}}',
      HERMES_PROT: '8080',
    });
    const [title = '', ...faults] = lines(hermes.stderr);

    expect(title).toMatch(/^Hermes cannot start: \d+ settings to mend$/);
    expect(faults).toHaveLength(7);
    for (const fault of faults) expect(fault).toMatch(/^ {2}HERMES_[A-Z_]+: /);
    const named = ['HERMES_PORT', 'HERMES_PING_INTERVAL', 'HERMES_MAX_FRAME', 'HERMES_RABBITMQ_URI', 'HERMES_PROT'];
    for (const name of named) expect(hermes.stderr).toContain(`  ${name}: `);
    expect(faults.filter((fault) => fault.startsWith('  HERMES_AUTH_PROVIDERS: '))).toHaveLength(2);
    expect(hermes.stderr).toContain('did you mean HERMES_PORT?');
    expect(hermes.stderr).not.toMatch(/passw0rd|t0ken/);
    expect(hermes.stdout).toBe('');
  });

  it('says in one sentence that its port is taken', async () => {
    const first = await start({ HERMES_API_KEY: KEY });
    const second = await refusal({ HERMES_PORT: new URL(first.url).port });

    expect(second.stderr).toMatch(
      /HERMES_PORT: cannot listen on \S+: it is in use; stop what is there, or set another$/m,
    );
    expect(lines(second.stderr)).toHaveLength(2);
  });

  it('names both of two providers that want the same origin', async () => {
    const hermes = await refusal({
      PARTNER_SECRET,
      HERMES_AUTH_MODULES: EXAMPLE,
      HERMES_AUTH_PROVIDERS: '{"partner":{"type":"static","tokens":{"t":{"userId":"u"}}}}',
    });

    expect(hermes.stderr).toMatch(/"partner" has two auth providers, .*HERMES_AUTH_PROVIDERS.* and PartnerProvider/);
  });
});

describe('a Hermes that is told to stop', () => {
  it('says it is not ready, sends its clients away with 1001, and ends with 0', async () => {
    const hermes = await start({ HERMES_API_KEY: KEY, HERMES_DRAIN: '3s' });
    const clients = await Promise.all(Array.from({ length: 20 }, () => hermes.client()));

    hermes.signal('SIGTERM');
    const { reasons } = await waitFor('not ready', async () => {
      const report = await hermes.readiness();
      return report.status === 503 && report;
    });
    expect(reasons).toEqual(['Hermes is stopping']);
    expect((await hermes.get('/health/live')).status).toBe(200);
    await expect(Client.connect(hermes.subscribeUrl)).rejects.toThrow('503');

    expect(await Promise.all(clients.map(({ closed }) => closed))).toEqual(clients.map(() => 1001));
    expect(await hermes.ended).toEqual({ code: 0, signal: null });
    expect(hermes.stderr).toBe('');
  });

  it('ends at once with 1 when it is told a second time', async () => {
    const hermes = await start({ HERMES_API_KEY: KEY, HERMES_DRAIN: '1h' });
    const client = await hermes.client();
    await client.ask('handshake');

    hermes.signal('SIGTERM');
    await hermes.logged('shutdown.started');
    expect(hermes.running).toBe(true);
    hermes.signal('SIGTERM');

    expect(await hermes.ended).toEqual({ code: 1, signal: null });
    expect(await client.closed).toBe(1006);
  });
});

describe('an AuthProvider of strangers', () => {
  const works = { accepted: 200, seen: ['for you'], forged: 403, wrongRole: 406 };

  it('is loaded from a folder', async () => {
    const hermes = await start({ HERMES_API_KEY: KEY, PARTNER_SECRET, HERMES_AUTH_MODULES: EXAMPLE });
    expect(await partnerOf(hermes)).toEqual(works);
  });

  it('is loaded by its name from the packages of the working folder, with a copy of the library of its own', async () => {
    const folder = emptyFolder();
    const packages = join(folder, 'node_modules');
    for (const scope of ['@hermes', '@nestjs']) mkdirSync(join(packages, scope), { recursive: true });
    cpSync(EXAMPLE, join(packages, 'hermes-auth-partner'), { recursive: true });
    cpSync(join(ROOT, 'libs/auth-provider'), join(packages, '@hermes/auth-provider'), { recursive: true });
    for (const name of ['@nestjs/common', 'reflect-metadata']) {
      symlinkSync(join(ROOT, 'node_modules', name), join(packages, name));
    }

    const environment = { HERMES_API_KEY: KEY, PARTNER_SECRET, HERMES_AUTH_MODULES: 'hermes-auth-partner' };
    expect(await partnerOf(await start(environment, { folder }))).toEqual(works);
  });
});

describe('the secrets of a whole run', () => {
  const secrets = {
    apiKey: KEY,
    wrongKey: 'a-key-somebody-guessed',
    brokerPassword: 'br0ker-passw0rd',
    accessKey: 'the-access-key-of-hermes',
    staticToken: 'static-t0ken-of-alice',
    remoteToken: 'remote-t0ken-of-bob',
    refusedToken: 'refused-t0ken',
    misplacedToken: 'misplaced-t0ken',
    partnerSecret: PARTNER_SECRET,
    payload: 'what-only-alice-may-read',
  };
  let users: Server;

  beforeEach(async () => {
    users = createServer((request, response) => {
      request.resume().on('end', () => response.end('{"userId":"bob"}'));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => users.once('listening', resolve));
  });

  afterEach(() => {
    users.closeAllConnections();
    users.close();
  });

  async function use(hermes: Product): Promise<string> {
    const client = await hermes.client();
    await client.subscribe('prices');
    await client.authorize(secrets.staticToken);
    await client.authorize(secrets.remoteToken, 'remote');
    await client.authorize(secrets.refusedToken);
    await client.authorize(partnerToken('u1'), 'partner');
    await client.authorize(secrets.refusedToken, secrets.misplacedToken);
    client.raw(
      `{"channel":"ws_status","event":"${secrets.misplacedToken}","command":{"token":"${secrets.refusedToken}"}}`,
    );
    client.raw(`not JSON but ${secrets.misplacedToken}`);
    const answers = [JSON.stringify(await client.soFar())];
    for (const [key, data] of [
      [secrets.apiKey, `{"channel":"c","event":"e","visibility":"broadcast","data":"${secrets.payload}"}`],
      [secrets.apiKey, `{"channel":7,"data":"${secrets.payload}"}`],
      [secrets.apiKey, `not JSON but ${secrets.payload}`],
      [secrets.wrongKey, '{}'],
    ] as const) {
      answers.push(await (await post(hermes.url, key, data)).text());
    }
    for (const path of ['/metrics', '/health/ready', '/api/openapi.json']) {
      answers.push(await (await hermes.get(path)).text());
    }
    return answers.join('\n');
  }

  it('are in no line it prints, at the finest level, and in nothing it answers', async () => {
    const remote = `http://127.0.0.1:${(users.address() as AddressInfo).port}/validate-session`;
    const hermes = await start({
      PARTNER_SECRET,
      HERMES_API_KEY: KEY,
      HERMES_DRAIN: '0',
      HERMES_LOG_LEVEL: 'trace',
      HERMES_RABBITMQ_URI: `amqp://hermes:${secrets.brokerPassword}@127.0.0.1:${await freePort()}`,
      HERMES_AUTH_MODULES: EXAMPLE,
      HERMES_AUTH_PROVIDERS: JSON.stringify({
        user: { type: 'static', tokens: { [secrets.staticToken]: { userId: 'alice' } } },
        remote: { type: 'http', url: remote, accessKey: secrets.accessKey },
      }),
    });
    const answers = await use(hermes);
    await hermes.logged('source.connect.failed');
    hermes.signal('SIGTERM');
    await hermes.ended;

    expect(hermes.log.map(({ event }) => event)).toEqual(expect.arrayContaining(['auth.refused', 'event.rejected']));
    for (const secret of [...Object.values(secrets), partnerToken('u1')]) {
      const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
      for (const form of forms) {
        expect(lines(hermes.stdout + hermes.stderr).filter((line) => line.includes(form))).toEqual([]);
        expect(answers).not.toContain(form);
      }
    }
  });
});
