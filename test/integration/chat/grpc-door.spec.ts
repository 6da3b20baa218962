import { once } from 'node:events';
import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { gzipSync } from 'node:zlib';
import { GrpcConnections } from '../../../src/chat/grpc/grpc-connections.js';
import { GrpcTimes } from '../../../src/chat/grpc/grpc-times.js';
import { GrpcNode } from '../../support/grpc/grpc-node.js';
import { UsersService } from '../../support/hermes/users-service.js';
import { waitFor } from '../../support/wait-for.js';

const PROVIDERS = JSON.stringify({ user: { type: 'static', tokens: { alice: { userId: 'alice' } } } });
const REFLECTION = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
const HEALTH = '/grpc.health.v1.Health/Check';

interface Answer {
  readonly status: string;
  readonly message: string;
  readonly headers: IncomingHttpHeaders;
}

/** A client that says what it likes. */
class RawClient {
  readonly session: ClientHttp2Session;

  constructor(address: string) {
    this.session = connect(address.replace('grpc', 'http'), { maxSessionMemory: 100 });
    this.session.on('error', () => undefined);
  }

  /** @param body left unfinished when it is undefined @returns what the call is answered with */
  async call(path: string, body: Buffer | undefined, headers: Record<string, string> = {}): Promise<Answer> {
    const call = this.session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    const answer: IncomingHttpHeaders[] = [];
    const closed = once(call, 'close');
    call.on('error', () => undefined);
    call.on('response', (head) => answer.push(head)).on('trailers', (tail) => answer.push(tail));
    call.resume();
    if (body !== undefined) call.end(body);
    await closed;
    const all = Object.assign({}, ...answer) as IncomingHttpHeaders;
    return { status: String(all['grpc-status']), message: decodeURI(String(all['grpc-message'])), headers: all };
  }

  close(): void {
    this.session.destroy();
  }
}

function framed(message: Buffer, isCompressed = 0): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(isCompressed, 0);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

const ADD = '/hermes.chat.v1.Chat/AddMembers';
const EMPTY_MEMBERS = Buffer.alloc(262_000, Buffer.from([0x12, 0]));
const ALICE = { authorization: 'Bearer alice' };

describe('who is not let in', () => {
  let node: GrpcNode;
  let client: RawClient;

  beforeAll(async () => {
    node = await GrpcNode.start({ HERMES_AUTH_PROVIDERS: PROVIDERS });
    client = new RawClient(node.address);
  });

  afterAll(async () => {
    client.close();
    await node.stop();
  });

  it('is told so though no byte of a message has come, and is not listened to any more', async () => {
    const { status, message } = await client.call(ADD, undefined);

    expect(status).toBe('16');
    expect(message).toBe('metadata authorization must be `Bearer` and one token');
    expect(await client.call('/hermes.chat.v1.Chat/EventBuff', undefined)).toMatchObject({ status: '16' });
  });

  it('may send what he likes', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.call(ADD, framed(EMPTY_MEMBERS))));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['16']));
  });

  it.each(['gzip', 'deflate', 'br', 'GZIP'])(
    'sends nothing in %s, and neither does who is let in',
    async (encoding) => {
      const body = framed(gzipSync(EMPTY_MEMBERS), 1);

      for (const headers of [{}, ALICE]) {
        expect(await client.call(ADD, body, { 'grpc-encoding': encoding, ...headers })).toMatchObject({
          status: '12',
          message: 'grpc-encoding: messages must not be compressed',
          headers: { 'grpc-accept-encoding': 'identity' },
        });
      }
    },
  );

  it('may ask for health, in few words', async () => {
    expect(await client.call(HEALTH, framed(Buffer.alloc(0)))).toMatchObject({ status: '0' });
    expect(await client.call(HEALTH, framed(Buffer.alloc(8_000, Buffer.from([0x0a, 0]))))).toMatchObject({
      status: '3',
      message: 'the message is larger than 1024 bytes',
    });
  });
});

describe('who is let in', () => {
  let node: GrpcNode;
  let client: RawClient;

  beforeAll(async () => {
    node = await GrpcNode.start({ HERMES_AUTH_PROVIDERS: PROVIDERS });
    client = new RawClient(node.address);
  });

  afterAll(async () => {
    client.close();
    await node.stop();
  });

  it('is told that messages come as they are', async () => {
    const { status, headers } = await client.call('/hermes.chat.v1.Chat/Echo', framed(Buffer.alloc(0)), ALICE);

    expect(status).toBe('0');
    expect(headers['grpc-accept-encoding']).toBe('identity');
  });

  it('sends no more members than a call may name', async () => {
    expect(await client.call(ADD, framed(EMPTY_MEMBERS), ALICE)).toMatchObject({
      status: '3',
      message: 'the message has more than 1050 fields, those of lists included',
    });
  });

  it('is told what is wrong with a message that is none', async () => {
    expect(await client.call(ADD, framed(Buffer.from('nonsense')), ALICE)).toMatchObject({
      status: '3',
      message: 'the message is not what the contract says: generate the client from chat.proto',
    });
  });

  it('may use reflection', async () => {
    const list = Buffer.from([0x3a, 0]);

    expect(await client.call(REFLECTION, framed(list), ALICE)).toMatchObject({ status: '0' });
    expect(await client.call(REFLECTION, framed(list))).toMatchObject({ status: '0' });
  });
});

describe('what does not come', () => {
  it('is not waited for: the message of a call, and a token over a connection', async () => {
    const times = { farewell: 100, nobody: 300, message: 100, idle: 300_000 };
    const node = await GrpcNode.start({ HERMES_AUTH_PROVIDERS: PROVIDERS }, times);
    const [member, monitor] = [new RawClient(node.address), new RawClient(node.address)];
    const silent = connectTcp(Number(new URL(node.address.replace('grpc', 'http')).port), '127.0.0.1');

    expect(await member.call(ADD, undefined, ALICE)).toMatchObject({
      status: '4',
      message: 'the message of the call did not come',
    });
    expect(await monitor.call(HEALTH, framed(Buffer.alloc(0)))).toMatchObject({ status: '0' });
    const goneAway = once(monitor.session, 'goaway');
    await Promise.all([once(silent.resume(), 'close'), goneAway, once(monitor.session, 'close')]);
    expect(node.stats.stats.connectionsOfNobody).toBe(2);
    expect(await member.call('/hermes.chat.v1.Chat/Echo', framed(Buffer.alloc(0)), ALICE)).toMatchObject({
      status: '0',
    });
    member.close();
    await node.stop();
  });

  it('ends a connection over which there is no call', async () => {
    const times = { ...new GrpcTimes(), idle: 100 };
    const node = await GrpcNode.start({ HERMES_AUTH_PROVIDERS: PROVIDERS }, times);
    const client = new RawClient(node.address);
    expect(await client.call('/hermes.chat.v1.Chat/Echo', framed(Buffer.alloc(0)), ALICE)).toMatchObject({
      status: '0',
    });

    await once(client.session, 'close');
    await node.stop();
  });
});

describe('connections', () => {
  it('are bounded', async () => {
    const node = await GrpcNode.start({ HERMES_AUTH_PROVIDERS: PROVIDERS, HERMES_MAX_SESSIONS: '2' });
    node.app.get(GrpcConnections, { strict: false }).spare = 0;
    const clients = [new RawClient(node.address), new RawClient(node.address)];
    await Promise.all(clients.map(({ session }) => once(session, 'remoteSettings')));
    const third = new RawClient(node.address);
    await once(third.session, 'close');

    expect(node.stats.stats.connectionsRefused).toBe(1);
    clients[0]?.close();
    await waitFor('room', () => node.connections === 1);
    expect((await node.client('alice').call('echo', {})).userId).toBe('alice');
    for (const client of clients) client.close();
    await node.stop();
  });
});

describe('the address of a client', () => {
  it.each([
    ['is the one that a trusted proxy names', { HERMES_TRUSTED_PROXIES: 'loopback' }, '203.0.113.7'],
    ['is that of the connection where nobody is trusted', {}, '127.0.0.1'],
  ])('%s', async (_, environment, ip) => {
    const users = await UsersService.start({ user: (response) => response.end('{"userId":"alice"}') });
    const node = await GrpcNode.start({ HERMES_AUTH_PROVIDERS: JSON.stringify(users.providers()), ...environment });
    const client = new RawClient(node.address);
    const headers = { ...ALICE, 'x-forwarded-for': '198.51.100.1, 203.0.113.7:51008' };
    await client.call('/hermes.chat.v1.Chat/Echo', framed(Buffer.alloc(0)), headers);

    expect(JSON.parse(users.asked.get('user')?.[0] ?? '')).toMatchObject({ ip });
    client.close();
    await node.stop();
    await users.stop();
  });
});
