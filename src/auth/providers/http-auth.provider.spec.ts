import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpService } from '@nestjs/axios';
import { Secret, type AuthOutcome } from '@hermes/auth-provider';
import { describeAuthProvider } from '@hermes/auth-provider/testing';
import { Logger } from '@nestjs/common';
import { waitFor } from '../../../test/support/wait-for.js';
import type { HttpAuthConfig } from './http-auth.config.js';
import { HttpAuthProvider } from './http-auth.provider.js';
import { sessionNumber } from './session-number.js';

interface Asked {
  readonly method: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly raw: string;
  readonly body: Record<string, unknown>;
}
type Behaviour = (asked: Asked, response: ServerResponse, request: IncomingMessage) => void;

const LOST = { kind: 'unavailable', code: 503 };
const hang: Behaviour = () => undefined;
const hangUp: Behaviour = (_, response) => response.destroy();
const answer =
  (status: number, body: string | Buffer = '', headers = {}): Behaviour =>
  (_, response) =>
    response.writeHead(status, headers).end(body);
const accept = answer(200, '{"userId":"u1","ttl":60,"role":"user"}');

describe('http provider', () => {
  let server: Server;
  let behave: Behaviour;
  let asked: Asked[];
  let provider: HttpAuthProvider;
  let log: string[];

  beforeEach(async () => {
    behave = accept;
    asked = [];
    log = [];
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = await request.toArray();
      const raw = Buffer.concat(chunks).toString();
      const question = { method: request.method, headers: request.headers, raw, body: JSON.parse(raw) };
      asked.push(question);
      behave(question, response, request);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    provider = aProvider();
    for (const level of ['warn', 'log', 'error'] as const) {
      jest.spyOn(Logger.prototype, level).mockImplementation((...line) => log.push(JSON.stringify(line)));
    }
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    provider.close();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  function aProvider(settings: Partial<HttpAuthConfig> = {}): HttpAuthProvider {
    const config: HttpAuthConfig = {
      type: 'http',
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/validate-session`,
      header: 'X-Api-Key',
      accessKey: new Secret('access key'),
      sessionId: 'number',
      requireRole: false,
      concurrency: 8,
      queue: 8,
      breakAfter: 3,
      retryAfter: 60_000,
      ...settings,
    };
    return new HttpAuthProvider('user', config, new HttpService());
  }

  /** The time after which a service that failed is asked again has passed. */
  function later(): void {
    const now = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => now() + 60_000);
  }

  function ask(token = 'good', patience = 1_000, ip = '192.0.2.1'): Promise<AuthOutcome> {
    const client = {
      sessionId: '1795233825363728880',
      userAgent: 'browser',
      ip,
      origin: 'user',
      role: 'user',
    };
    return provider.authenticate({ ...client, token: new Secret(token), signal: AbortSignal.timeout(patience) });
  }

  it('asks as documented', async () => {
    await ask('a "token"\n');
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      method: 'POST',
      headers: { 'x-api-key': 'access key', 'content-type': 'application/json' },
      body: {
        session_id: sessionNumber('1795233825363728880'),
        token: 'a "token"\n',
        userAgent: 'browser',
        ip: '192.0.2.1',
        origin: 'user',
        role: 'user',
      },
    });
  });

  it('says which session asks in a number that a 64-bit integer takes, the same each time', async () => {
    const typed: Behaviour = ({ raw }, response) => {
      const [, number = ''] = /"session_id":(\d+),/.exec(raw) ?? [];
      const fits = number !== '' && BigInt(number) <= 2n ** 63n - 1n && String(Number(number)) === number;
      response.writeHead(fits ? 200 : 500).end('{"userId":"u1","ttl":-1}');
    };
    behave = typed;
    expect(await ask()).toMatchObject({ kind: 'authorized', userId: 'u1' });
    expect(await ask()).toMatchObject({ kind: 'authorized', userId: 'u1' });
    expect(asked[0]?.raw).toBe(asked[1]?.raw);
  });

  it('says so as text where the service is told to expect one', async () => {
    provider = aProvider({ sessionId: 'text' });
    await ask();
    expect(asked[0]?.body).toMatchObject({ session_id: '1795233825363728880' });
  });

  it('believes a 200 with a user id', async () => {
    expect(await ask()).toEqual({ kind: 'authorized', userId: 'u1', role: 'user', ttl: 60 });
  });

  it.each([201, 204, 304, 401, 403, 404, 429])('refuses with the %i it is answered', async (status) => {
    behave = answer(status);
    expect(await ask()).toEqual({ kind: 'rejected', code: status });
  });

  it.each([500, 503])('is unavailable with the %i it is answered', async (status) => {
    behave = answer(status);
    expect(await ask()).toEqual({ kind: 'unavailable', code: status });
  });

  it.each([
    ['{"why":"no"}', '{"why":"no"}'],
    ['null', 'null'],
    ['<html>', undefined],
    ['', undefined],
  ])('hands over %j as the reason of a refusal where it is JSON', async (said, body) => {
    behave = answer(403, said);
    expect(await ask()).toEqual({ kind: 'rejected', code: 403, body });
    behave = answer(500, said);
    expect(await ask()).toEqual({ kind: 'unavailable', code: 500, body });
  });

  it.each([301, 302, 307, 308])('does not follow a redirect with %i', async (status) => {
    behave = answer(status, '', { location: '/elsewhere' });
    expect(await ask()).toEqual({ kind: 'rejected', code: status });
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['is no JSON', '<html>hello</html>', 'the body must be a JSON object'],
    ['names no user', '{}', 'userId must be a text, or a whole number below 2^53'],
    [
      'is Latin-1',
      Buffer.from('{"userId":"b\xf6b"}', 'latin1'),
      'the body must be UTF-8, whatever charset it declares',
    ],
  ])('answers 502 to a 200 that %s, and says which field is wrong', async (_, body, fault) => {
    behave = answer(200, body, { 'content-type': 'application/json; charset=iso-8859-1' });
    expect(await ask()).toEqual({ kind: 'unavailable', code: 502 });
    expect(log).toEqual([JSON.stringify(['auth.answer.unusable', { origin: 'user', fault, unlogged: 0 }])]);
  });

  it.each([
    ['stands for the role that was asked about', false, '{"userId":"u1"}', 'user'],
    ['says that there is none', false, '{"userId":"u1","role":""}', ''],
    ['names another', false, '{"userId":"u1","role":"editor"}', 'editor'],
    ['confirms none where roles are required', true, '{"userId":"u1"}', ''],
    ['confirms the one it names where roles are required', true, '{"userId":"u1","role":"user"}', 'user'],
  ])('takes a 200 for what it says of the role: it %s', async (_, requireRole, body, role) => {
    provider = aProvider({ requireRole });
    behave = answer(200, body);
    expect(await ask()).toMatchObject({ kind: 'authorized', userId: 'u1', role });
  });

  it.each<[string, Behaviour]>([
    ['never answers', hang],
    ['hangs up', hangUp],
    [
      'dies in the middle of its answer',
      (_, response) => response.writeHead(200, { 'content-length': 99 }).write('{"us', () => response.destroy()),
    ],
    ['stops in the middle of its answer', (_, response) => response.writeHead(200).write('{"userId":')],
    ['answers without end', (_, response) => response.writeHead(200).end(`{"userId":"${'x'.repeat(70_000)}"}`)],
    ['does not speak HTTP', (_, __, request) => request.socket.end('hello\r\n\r\n')],
  ])('answers 503 when the service %s', async (_, behaviour) => {
    behave = behaviour;
    expect(await ask()).toEqual(LOST);
  });

  it('answers 503 when nobody listens', async () => {
    provider = aProvider({ url: 'http://127.0.0.1:1/' });
    expect(await ask()).toEqual(LOST);
  });

  it('keeps its connections, and replaces one that the service has closed', async () => {
    const sockets = new Set<unknown>();
    behave = (...call) => {
      sockets.add(call[2].socket);
      accept(...call);
    };
    await ask();
    await ask();
    expect(sockets.size).toBe(1);
    behave = (question, response, request) => {
      if (sockets.has(request.socket)) request.socket.resetAndDestroy();
      else accept(question, response, request);
    };
    expect(await ask()).toMatchObject({ kind: 'authorized' });
  });

  it('sends a token of 8 KiB whole', async () => {
    const token = 'é'.repeat(4 * 1024);
    await ask(token);
    expect(asked[0]?.body['token']).toBe(token);
  });

  it('runs no more requests at a time than allowed, and queues no more than allowed', async () => {
    provider = aProvider({ concurrency: 2, queue: 3 });
    const held: ServerResponse[] = [];
    behave = (_, response) => held.push(response);
    const outcomes = Array.from({ length: 7 }, (_, index) => ask('good', 1_000, `192.0.2.${index}`));
    expect(await Promise.race(outcomes)).toEqual(LOST);
    await waitFor('the requests', () => held.length === 2);
    behave = accept;
    for (const response of held) accept({} as Asked, response, {} as IncomingMessage);
    const kinds = (await Promise.all(outcomes)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'authorized')).toHaveLength(5);
    expect(asked).toHaveLength(5);
  });

  it('asks no more for those who have given up while they waited', async () => {
    provider = aProvider({ concurrency: 1, breakAfter: 10 });
    behave = hang;
    const outcomes = await Promise.all([ask('good', 600), ask('good', 300), ask('good', 300)]);
    expect(outcomes).toEqual([LOST, LOST, LOST]);
    expect(asked).toHaveLength(1);
  });

  it.each<[string, Behaviour]>([
    ['hangs up', hangUp],
    ['fails', answer(503)],
    ['is too slow', hang],
  ])('stops asking a service that %s, and starts again when it has recovered', async (_, behaviour) => {
    behave = behaviour;
    for (let failures = 0; failures < 3; failures++) await ask('good', 200, `192.0.2.${failures}`);
    expect(log).toEqual(['["auth.circuit.opened",{"origin":"user"}]']);
    asked.length = 0;
    expect(await ask()).toEqual(LOST);
    expect(asked).toEqual([]);
    behave = accept;
    later();
    expect(await ask()).toMatchObject({ kind: 'authorized' });
    expect(log.at(-1)).toBe('["auth.circuit.closed",{"origin":"user"}]');
    expect(asked).toHaveLength(1);
  });

  it('lets one request try the service out and answers the others at once', async () => {
    behave = answer(503);
    for (let failures = 0; failures < 3; failures++) await ask();
    later();
    asked.length = 0;
    const held: ServerResponse[] = [];
    behave = (_, response) => held.push(response);
    const trial = ask();
    expect(await Promise.all([ask(), ask()])).toEqual([LOST, LOST]);
    await waitFor('the request', () => held.length === 1);
    held[0]?.end('{"userId":"u1"}');
    expect(await trial).toMatchObject({ kind: 'authorized' });
    expect(asked).toHaveLength(1);
  });

  it('answers others while one address has more slow tokens than there are slots', async () => {
    provider = aProvider({ concurrency: 8, queue: 16 });
    behave = ({ body }, response) => {
      if (body['token'] === 'good') response.end('{"userId":"u1"}');
    };
    const slow = Array.from({ length: 70 }, () => ask('slow', 1_500));
    await waitFor('the slow ones', () => asked.length >= 4);
    expect(await ask('good', 1_000, '198.51.100.7')).toMatchObject({ kind: 'authorized' });
    expect(await ask('good', 1_000, '2001:db8::7')).toMatchObject({ kind: 'authorized' });
    await Promise.all(slow);
    expect(await ask('good', 1_000, '198.51.100.7')).toMatchObject({ kind: 'authorized' });
    expect(log).toEqual([]);
  });

  it.each([401, 403, 404, 500])('goes on asking a service that answers %i', async (status) => {
    behave = answer(status);
    for (let refusals = 0; refusals < 9; refusals++) await ask();
    expect(asked).toHaveLength(9);
    expect(log).toEqual([]);
  });

  describeAuthProvider('http', {
    create: () => {
      behave = (question, response) => {
        if (question.body['token'] === 'good') accept(question, response, {} as IncomingMessage);
        else response.writeHead(403).end();
      };
      return (provider = aProvider({ concurrency: 32 }));
    },
    accepted: { token: 'good', role: 'user' },
    refused: { token: 'bad', role: 'user' },
  });
});
