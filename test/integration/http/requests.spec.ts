import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { waitFor } from '../../support/index.js';
import { payloadOf, type Client } from '../../support/hermes/client.js';
import { API_KEY, Node } from '../../support/hermes/node.js';

const KEY = `Authorization: Bearer ${API_KEY}`;
const EVENT = '{"channel":"prices","event":"tick","visibility":"broadcast","data":1}';
const LENGTH = `Content-Length: ${EVENT.length}`;

/** The head of a request, with the fields that any has. */
function head(target: string, ...fields: readonly string[]): string {
  return [`${target} HTTP/1.1`, 'Host: hermes', ...fields, '', ''].join('\r\n');
}

function post(...fields: readonly string[]): string {
  return head('POST /api/events', KEY, 'Content-Type: application/json', ...fields);
}

/** A connection on which the test writes what it likes. */
class Wire {
  text = '';

  constructor(readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => (this.text += bytes.toString('latin1')));
    socket.on('error', () => undefined);
  }

  get statuses(): number[] {
    return [...this.text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }

  answers(count: number): Promise<number[]> {
    return waitFor(`${count} answers`, () => this.statuses.length >= count && this.statuses);
  }
}

describe('requests', () => {
  let node: Node;
  let client: Client;
  const wires: Wire[] = [];

  beforeAll(async () => {
    node = await Node.start({ HERMES_MAX_BODY: '256KiB' });
    client = await node.client();
    await client.subscribe('prices');
  });

  afterEach(async () => {
    for (const wire of wires.splice(0)) wire.socket.destroy();
    await client.soFar();
  });

  afterAll(() => node.stop());

  async function dial(text = ''): Promise<Wire> {
    const socket = connect({ port: node.port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    const opened = new Wire(socket);
    wires.push(opened);
    socket.write(text);
    return opened;
  }

  async function posted(
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
    path = '/api/events',
  ) {
    const answer = await fetch(node.url + path, {
      method: 'POST',
      headers: { Authorization: `Bearer ${API_KEY}`, 'Content-Type': 'application/json', ...headers },
      body,
    });
    const text = await answer.text();
    return { status: answer.status, text };
  }

  describe('that nobody is allowed', () => {
    it.each([
      ['without the key', head('POST /api/events', 'Content-Type: application/json', 'Content-Length: 1000000'), 401],
      ['with another', head('POST /trigger/', 'Authorization: Bearer x', 'Content-Length: 9'), 401],
      [
        'as a stream without the key',
        head('POST /api/events', 'Content-Type: application/x-ndjson', 'Transfer-Encoding: chunked'),
        401,
      ],
      ['to a path that is unknown', head('POST /nothing', 'Content-Encoding: gzip', 'Content-Length: 9'), 404],
      ['by a method that is unknown', head('PUT /api/events', KEY, 'Content-Length: 9'), 404],
    ])('%s are answered before anything of their body has come', async (_, request, status) => {
      expect(await (await dial(request)).answers(1)).toEqual([status]);
    });

    it('have nothing of their body inflated or parsed', async () => {
      const bomb = new Uint8Array(gzipSync(`${'['.repeat(4e6)}${']'.repeat(4e6)}`));
      const before = process.cpuUsage();
      const gzip = { 'Content-Encoding': 'gzip', Authorization: 'Bearer wrong' };
      for (const path of ['/nothing', '/api/events', '/trigger']) {
        for (let index = 0; index < 20; index++) await posted(bomb, gzip, path);
      }
      // One of them inflated and parsed takes a second.
      expect(process.cpuUsage(before).user).toBeLessThan(3_000_000);
    });

    it('are counted, and logged no more than once a second', async () => {
      const refusals = async (): Promise<number> => (await node.metric('hermes_api_refusals_total{key="wrong"}')) ?? 0;
      const before = await refusals();
      for (let index = 0; index < 3; index++) await posted(EVENT, { Authorization: 'Bearer wrong' });
      expect((await refusals()) - before).toBe(3);
    });

    it('are not asked for their body when they wait to be', async () => {
      const expecting = ['Expect: 100-continue', 'Content-Type: application/json', LENGTH];
      expect(await (await dial(head('POST /api/events', ...expecting))).answers(1)).toEqual([401]);
      const welcome = await dial(head('POST /api/events', KEY, ...expecting));
      expect(await welcome.answers(1)).toEqual([100]);
      welcome.socket.write(EVENT);
      expect(await welcome.answers(2)).toEqual([100, 202]);
    });

    it('give way when their body does not end', async () => {
      const refused = await dial(head('POST /nothing', 'Content-Type: application/json', 'Content-Length: 9'));
      await once(refused.socket, 'end');
      expect(refused.statuses).toEqual([404]);
    });
  });

  describe('whose body is larger than it may be', () => {
    it.each([
      ['says so', false],
      ['does not', true],
    ])('are told, when the head %s', async (_, chunked) => {
      const answers = Array.from({ length: 20 }, () => {
        const length = chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': '4194304' };
        const headers = { Authorization: `Bearer ${API_KEY}`, 'Content-Type': 'application/json', ...length };
        return new Promise((resolve, reject) => {
          const sending = httpRequest(`${node.url}/api/events`, { method: 'POST', headers }, (answer) => {
            answer.resume();
            resolve(answer.statusCode);
          });
          sending.once('error', reject).end(Buffer.alloc(4194304, ' '));
        });
      });
      expect(await Promise.all(answers)).toEqual(Array(20).fill(413));
    });
  });

  describe('that offer another protocol', () => {
    const offer = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'];

    it.each(['h2c', 'TLS/1.0', 'h2c, foo', 'IRC/6.9, RTA/x11', 'websocketx'])(
      'as %s are answered as if they did not',
      async (name) => {
        const plain = await dial(`${post('Connection: keep-alive, upgrade', `Upgrade: ${name}`, LENGTH)}${EVENT}`);
        expect(await plain.answers(1)).toEqual([202]);
        expect(plain.text).toMatch(/connection: keep-alive/i);
      },
    );

    it('may go on on the same connection, and send their body when they like', async () => {
      const plain = await dial();
      for (let index = 1; index <= 20; index++) {
        plain.socket.write(post(...offer, 'Transfer-Encoding: chunked'));
        plain.socket.write(`${EVENT.length.toString(16)}\r\n${EVENT}\r\n`);
        plain.socket.write('0\r\n\r\n');
        await plain.answers(index);
      }
      expect(plain.statuses).toEqual(Array(20).fill(202));
      expect((await client.take(20)).map(payloadOf)).toEqual(Array(20).fill(1));
    });

    it('are answered in order when they do not wait for each other', async () => {
      const one = `${post(...offer, LENGTH)}${EVENT}`;
      const other = head('GET /nothing', ...offer);
      expect(await (await dial(one + other + one)).answers(3)).toEqual([202, 404, 202]);
    });

    it('by HTTP/1.0 have their connection closed', async () => {
      const old = await dial(
        head('GET /health/live', 'Connection: upgrade', 'Upgrade: h2c').replace('HTTP/1.1', 'HTTP/1.0'),
      );
      await once(old.socket, 'end');
      expect(old.statuses).toEqual([200]);
    });

    it('of which one is WebSocket are taken at that', async () => {
      const handshake = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
      const fields = ['Connection: Upgrade', 'Upgrade: h2c, WebSocket', ...handshake];
      expect(await (await dial(head('GET /_ws/subscribe', ...fields))).answers(1)).toEqual([101]);
    });
  });

  it.each(['GZIP', 'Gzip', 'x-gzip', 'gzip, identity'])('may call their coding %s', async (name) => {
    expect((await posted(new Uint8Array(gzipSync(EVENT)), { 'Content-Encoding': name })).status).toBe(202);
  });

  it.each(['IDENTITY', ''])('may say that they have none by %j', async (name) => {
    const fields = [KEY, 'Content-Type: application/json', `Content-Encoding: ${name}`, LENGTH];
    expect(await (await dial(head('POST /api/events', ...fields) + EVENT)).answers(1)).toEqual([202]);
  });

  it.each([
    'text/plain',
    'text/plain;charset=UTF-8',
    'application/x-www-form-urlencoded',
    'json',
    'application/json, text/plain',
  ])('are told which types are taken when theirs is %s', async (type) => {
    const taken = 'Content-Type must be application/json';
    const events = await posted(EVENT, { 'Content-Type': type });
    expect(events).toMatchObject({ status: 415, text: expect.stringContaining(`${taken} or application/x-ndjson`) });
    const trigger = await posted('{"rooms":[{"a":1}],"data":1}', { 'Content-Type': type }, '/trigger');
    expect(trigger).toMatchObject({ status: 415, text: expect.stringContaining(taken) });
  });

  it('may begin with a byte order mark', async () => {
    expect((await posted(`\uFEFF${EVENT}`)).status).toBe(202);
    expect((await posted(`\uFEFF[${EVENT}]`)).status).toBe(202);
    expect((await posted(`\uFEFF${EVENT}\n`, { 'Content-Type': 'application/x-ndjson' })).status).toBe(202);
    expect((await posted('\uFEFF{"rooms":[{"a":1}],"data":1}', {}, '/trigger')).status).toBe(200);
    expect((await client.take(3)).map(payloadOf)).toEqual([1, 1, 1]);
  });

  it('with very many mistakes in one event are told some of them', async () => {
    const large = await Node.start();
    const fields = Array.from({ length: 130_000 }, (_, index) => `"f${index}":1`);
    const answer = await large.post(`{${fields.join()}}`);
    expect(answer.status).toBe(400);
    const { message } = (await answer.json()) as { message: string[] };
    expect(message).toHaveLength(20);
    expect(message[0]).toBe('f0 is no field of an event');
    await large.stop();
  });
});
