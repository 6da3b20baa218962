import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { payloadOf, type Client } from '../../support/hermes/client.js';
import { API_KEY, Node } from '../../support/hermes/node.js';

const NDJSON = 'application/x-ndjson';

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

function event(data: unknown, more: object = {}): string {
  return JSON.stringify({ channel: 'prices', event: 'tick', visibility: 'broadcast', data, ...more });
}

function lines(...data: readonly unknown[]): string {
  return data.map((one) => `${event(one)}\n`).join('');
}

describe('POST /api/events', () => {
  let node: Node;
  let client: Client;

  beforeAll(async () => {
    node = await Node.start({
      HERMES_MAX_BODY: '64KiB',
      HERMES_MAX_EVENT: '32KiB',
      HERMES_MAX_INFLATED: '256KiB',
      HERMES_OUTBOX_LIMIT: '64MiB',
    });
  });

  afterAll(() => node.stop());

  beforeEach(async () => {
    client = await node.client();
    await client.subscribe('prices');
  });

  afterEach(() => client.close());

  async function post(body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answered> {
    const response = await fetch(`${node.url}/api/events`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${API_KEY}`, 'Content-Type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    };
  }

  async function seen(): Promise<unknown[]> {
    return (await client.soFar()).map(payloadOf);
  }

  /** A request whose body is sent bit by bit. */
  function stream(headers: Record<string, string> = {}): { sending: ClientRequest; answered: Promise<Answered> } {
    const sending = httpRequest(`${node.url}/api/events`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${API_KEY}`, 'Content-Type': NDJSON, ...headers },
    });
    const answered = new Promise<Answered>((resolve, reject) => {
      sending.once('error', reject);
      sending.once('response', (response: IncomingMessage) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.once('end', () => {
          const body = JSON.parse(Buffer.concat(pieces).toString()) as Record<string, unknown>;
          resolve({ status: response.statusCode ?? 0, headers: new Headers(), body });
        });
      });
    });
    answered.catch(() => undefined);
    return { sending, answered };
  }

  describe('as a stream of lines', () => {
    it('publishes one event a line, whatever the line ends, blank lines aside', async () => {
      const body = `${event(1)}\n\n${event({ z: 2 })}\r\n   \n${event('3\n')}`;
      expect(await post(body, { 'Content-Type': NDJSON })).toMatchObject({ status: 202, body: { accepted: 3 } });
      expect(await seen()).toEqual([1, { z: 2 }, '3\n']);
    });

    it('accepts a stream of nothing', async () => {
      expect(await post('', { 'Content-Type': NDJSON })).toMatchObject({ status: 202, body: { accepted: 0 } });
    });

    it('publishes events while the rest is still to come', async () => {
      const { sending, answered } = stream();
      sending.write(lines(1) + event(2).slice(0, 20));
      expect(payloadOf(await client.next())).toBe(1);
      sending.write(`${event(2).slice(20)}\n`);
      expect(payloadOf(await client.next())).toBe(2);
      sending.end();
      expect(await answered).toMatchObject({ status: 202, body: { accepted: 2 } });
    });

    it('takes more than a body may hold otherwise, in order', async () => {
      const numbers = Array.from({ length: 5_000 }, (_, index) => index);
      const body = lines(...numbers);
      expect(body.length).toBeGreaterThan(5 * 64 * 1024);
      expect(await post(body, { 'Content-Type': NDJSON })).toMatchObject({ status: 202, body: { accepted: 5_000 } });
      expect((await client.take(5_000)).map(payloadOf)).toEqual(numbers);
    });

    it.each([
      ['no JSON', '{"channel":', 'line 4 must be JSON'],
      ['no UTF-8', Buffer.from([0xff, 0xfe]), 'line 4 must be UTF-8'],
      ['a wrong field', event(1, { visibility: 'all' }), 'line 4: visibility must be one of'],
      ['an array', `[${event(1)}]`, 'line 4 must be one event, an object'],
      ['an empty array', '[]', 'line 4: the array must hold'],
      ['a number', '7', 'line 4 must be an object'],
      ['data that is too large', event('x'.repeat(33_000)), 'line 4: data must not be larger than 32768 bytes'],
      ['a line without end', ' '.repeat(60_000), 'line 4 must not be longer than 49152 bytes'],
    ])('stops at %s, and says which line it was and how many were accepted', async (_, line, sentence) => {
      const body = Buffer.concat([Buffer.from(`${lines(1)}\n${lines(2)}`), Buffer.from(line)]);
      const more = typeof line === 'string' && line.startsWith(' ') ? '' : `\n${lines(3)}`;
      const answer = await post(Buffer.concat([body, Buffer.from(more)]), { 'Content-Type': NDJSON });
      expect(answer).toMatchObject({ status: 400, body: { statusCode: 400, accepted: 2 } });
      expect((answer.body['message'] as string[])[0]).toMatch(sentence);
      expect(await seen()).toEqual([1, 2]);
    });

    it('answers at the bad line, and the connection of who goes on sending stays usable', async () => {
      const { sending, answered } = stream();
      sending.write('rubbish\n');
      expect(await answered).toMatchObject({ status: 400, body: { accepted: 0 } });
      sending.end(lines(1));
      expect(await post(event(2))).toMatchObject({ status: 202 });
      expect(await seen()).toEqual([2]);
    });

    it('needs the API key', async () => {
      const answer = await post(lines(1), { 'Content-Type': NDJSON, Authorization: 'Bearer nothing' });
      expect(answer.status).toBe(401);
      expect(await seen()).toEqual([]);
    });
  });

  describe('as gzip', () => {
    const gzip = { 'Content-Encoding': 'gzip' };

    it('inflates an event, an array and a stream', async () => {
      expect(await post(gzipSync(event(1)), gzip)).toMatchObject({ status: 202, body: { accepted: 1 } });
      expect(await post(gzipSync(`[${event(2)},${event(3)}]`), gzip)).toMatchObject({ body: { accepted: 2 } });
      const streamed = await post(gzipSync(lines(4, 5)), { ...gzip, 'Content-Type': NDJSON });
      expect(streamed).toMatchObject({ status: 202, body: { accepted: 2 } });
      expect(await seen()).toEqual([1, 2, 3, 4, 5]);
    });

    it('answers 413 to what inflates to too much', async () => {
      const bomb = gzipSync(Buffer.alloc(10 * 1024 ** 2, ' '));
      expect(bomb.length).toBeLessThan(64 * 1024);
      expect((await post(bomb, gzip)).status).toBe(413);
      const answer = await post(gzipSync(lines(1) + '\n'.repeat(10 * 1024 ** 2)), { ...gzip, 'Content-Type': NDJSON });
      expect(answer).toMatchObject({
        status: 413,
        body: { accepted: 1, message: 'the body inflates to more than 262144 bytes' },
      });
      expect((await post(gzipSync(event('x'.repeat(70_000))), gzip)).status).toBe(413);
      expect(await seen()).toEqual([1]);
    });

    it.each([
      ['what is no gzip', Buffer.from(event(1))],
      ['half of it', gzipSync(event('x'.repeat(1_000) + String(Math.random()))).subarray(0, 40)],
    ])('answers 400 to %s', async (_, body) => {
      expect(await post(body, gzip)).toMatchObject({ status: 400, body: { message: 'the body is not gzip' } });
      const streamed = await post(body, { ...gzip, 'Content-Type': NDJSON });
      expect(streamed).toMatchObject({ status: 400, body: { message: 'the body is not gzip', accepted: 0 } });
      expect(await seen()).toEqual([]);
    });

    it('answers 415 to another encoding', async () => {
      expect((await post(event(1), { 'Content-Encoding': 'br' })).status).toBe(415);
      expect((await post(event(1), { 'Content-Encoding': 'identity' })).status).toBe(202);
    });

    it('needs the API key, and reads on for the next request', async () => {
      const headers = { ...gzip, 'Content-Type': NDJSON };
      const body = gzipSync(lines(...Array.from({ length: 500 }, () => Math.random())));
      for (let index = 0; index < 5; index++) {
        expect((await post(body, { ...headers, Authorization: 'Bearer nothing' })).status).toBe(401);
      }
      expect((await post(gzipSync(lines(1)), headers)).status).toBe(202);
    });
  });

  describe('with an Idempotency-Key', () => {
    let key: string;

    beforeEach(() => {
      key = `key ${Math.random()}`;
    });

    it.each([
      ['an event', 'application/json', event(1), 1],
      ['a stream', NDJSON, lines(1, 2), 2],
    ])('publishes %s once, and gives the same answer again', async (_, type, body, accepted) => {
      const headers = { 'Content-Type': type, 'Idempotency-Key': key };
      const first = await post(body, headers);
      expect(first).toMatchObject({ status: 202, body: { accepted } });
      expect(first.headers.get('Idempotent-Replayed')).toBeNull();
      const again = await post(gzipSync(body), { ...headers, 'Content-Encoding': 'gzip' });
      expect(again).toMatchObject({ status: 202, body: { accepted } });
      expect(again.headers.get('Idempotent-Replayed')).toBe('true');
      expect(await seen()).toHaveLength(accepted);
    });

    it.each([
      ['an event', 'application/json', event(1), 'application/json', event(2)],
      ['a longer stream', NDJSON, lines(1), NDJSON, lines(1, 2)],
      ['a shorter stream', NDJSON, lines(1, 2), NDJSON, lines(1)],
      ['the same bytes of another type', 'application/json', event(1), NDJSON, event(1)],
    ])('answers 422 to another body: %s', async (_, type, body, otherType, other) => {
      await post(body, { 'Content-Type': type, 'Idempotency-Key': key });
      const before = (await seen()).length;
      expect(await post(other, { 'Content-Type': otherType, 'Idempotency-Key': key })).toMatchObject({ status: 422 });
      expect(await seen()).toEqual([]);
      expect(before).toBeGreaterThan(0);
    });

    it('publishes once what is sent many times at once', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => post(event(1), { 'Idempotency-Key': key })));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
      expect(answers.filter(({ headers }) => headers.get('Idempotent-Replayed') === null)).toHaveLength(1);
      expect(await seen()).toEqual([1]);
    });

    it('lets a duplicate of a stream wait for the first', async () => {
      const { sending, answered } = stream({ 'Idempotency-Key': key });
      sending.write(lines(1));
      expect(payloadOf(await client.next())).toBe(1);
      const duplicate = post(lines(1, 2), { 'Content-Type': NDJSON, 'Idempotency-Key': key });
      sending.end(lines(2));
      expect(await answered).toMatchObject({ status: 202, body: { accepted: 2 } });
      const again = await duplicate;
      expect(again).toMatchObject({ status: 202, body: { accepted: 2 } });
      expect(again.headers.get('Idempotent-Replayed')).toBe('true');
      expect(await seen()).toEqual([2]);
    });

    it('remembers a stream that stopped at a bad line, and tells it from the mended one', async () => {
      const headers = { 'Content-Type': NDJSON, 'Idempotency-Key': key };
      const bad = `${lines(1)}rubbish\n${lines(2)}`;
      for (let time = 0; time < 2; time++) {
        const answer = await post(bad, headers);
        expect(answer).toMatchObject({ status: 400, body: { accepted: 1, message: ['line 2 must be JSON'] } });
      }
      expect((await post(lines(1, 2), headers)).status).toBe(422);
      expect(await seen()).toEqual([1]);
    });

    it('remembers how many events came before a connection broke', async () => {
      const { sending, answered } = stream({ 'Idempotency-Key': key });
      sending.write(lines(1) + event(2).slice(0, 20));
      expect(payloadOf(await client.next())).toBe(1);
      sending.destroy();
      await expect(answered).rejects.toThrow('socket hang up');
      const again = await post(lines(1, 2), { 'Content-Type': NDJSON, 'Idempotency-Key': key });
      expect(again).toMatchObject({ status: 400, body: { accepted: 1, message: ['the body broke off'] } });
      expect(await seen()).toEqual([]);
    });

    it('forgets a request of which nothing was accepted', async () => {
      expect((await post('rubbish', { 'Idempotency-Key': key })).status).toBe(400);
      expect((await post(event(1), { 'Idempotency-Key': key })).status).toBe(202);
      expect(await seen()).toEqual([1]);
    });

    it.each(['', 'x'.repeat(257)])('refuses the key %j', async (bad) => {
      expect((await post(event(1), { 'Idempotency-Key': bad })).status).toBe(400);
    });
  });

  it.each(['json', 'x-ndjson'])('refuses as %s what the nodes would refuse', async (type) => {
    const answer = await post(event(1, { userId: '😀'.repeat(129) }), { 'Content-Type': `application/${type}` });
    expect(answer).toMatchObject({ status: 400 });
    expect(String(answer.body['message'])).toMatch(/userId must have at most 256 characters/);
  });

  it('is described as it is', async () => {
    const document = (await (await fetch(`${node.url}/api/openapi.json`)).json()) as {
      paths: Record<string, { post?: { requestBody: { content: object }; responses: object; parameters: object[] } }>;
    };
    const operation = document.paths['/api/events']?.post;
    expect(Object.keys(operation?.requestBody.content ?? {})).toEqual(['application/json', NDJSON]);
    expect(Object.keys(operation?.responses ?? {})).toEqual(['202', '400', '401', '413', '415', '422', '503']);
    expect(operation?.parameters).toContainEqual(expect.objectContaining({ name: 'Idempotency-Key', in: 'header' }));
    expect(document.paths).toHaveProperty(['/api/topics']);
  });
});
