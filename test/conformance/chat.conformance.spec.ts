import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { connect as dial } from 'node:net';
import { Client, credentials } from '@grpc/grpc-js';
import { service as HEALTH } from 'grpc-health-check';
import { ChatRefusal } from '../../src/chat/model/index.js';
import type { ChatStream } from '../support/grpc/chat-client.js';
import { GrpcNode } from '../support/grpc/grpc-node.js';
import { waitFor } from '../support/wait-for.js';

/** Messages of 10 kB that no client has room for who does not read them. */
const ENOUGH = 2_000;

const PROTOCOL = 'src/chat/grpc/PROTOCOL.md';

const PROVIDERS = JSON.stringify({
  user: {
    type: 'static',
    tokens: {
      alice: { userId: 'alice' },
      bob: { userId: 'bob' },
      brief: { userId: 'alice', ttl: 1 },
    },
  },
});

function start(environment: Record<string, string> = {}): Promise<GrpcNode> {
  return GrpcNode.start({ HERMES_AUTH_PROVIDERS: PROVIDERS, ...environment });
}

function message(id: string, channelId = 'c') {
  return { newMessage: { id, channelId, body: id } };
}

describe('chat over gRPC', () => {
  let node: GrpcNode;

  beforeAll(async () => {
    node = await start();
  });

  afterAll(() => node.stop());

  /** A connection below gRPC. */
  const http2 = () => connect(node.address.replace('grpc', 'http')).on('error', () => undefined);

  describe('connection', () => {
    it('G-1 is the service of the contract', async () => {
      expect(await node.client('alice').call('listChannels', {})).toEqual({ channels: [], nextPageToken: '' });
    });

    it.each(['v1', 'v1alpha'])('G-2 is described by reflection %s, without a token', async (version) => {
      const client = new Client(node.address.replace('grpc://', ''), credentials.createInsecure());
      const stream = client.makeBidiStreamRequest(
        `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
      );
      const answer = new Promise<Buffer>((resolve) => stream.once('data', resolve));
      // Field 7, list_services, with the text `*`.
      stream.write(Buffer.from([0x3a, 0x01, 0x2a]));
      expect((await answer).toString('latin1')).toContain('hermes.chat.v1.Chat');
      stream.end();
      client.close();
    });

    it.each(['', 'hermes.chat.v1.Chat'])('G-3 tells its health by the name %j, without a token', async (service) => {
      const client = new Client(node.address.replace('grpc://', ''), credentials.createInsecure());
      const { path, requestSerialize, responseDeserialize } = HEALTH['Check'] as (typeof HEALTH)[string];
      const check = (): Promise<unknown> =>
        new Promise((resolve, reject) =>
          client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service }, (error, answer) =>
            error ? reject(error) : resolve((answer as { status: string }).status),
          ),
        );
      expect(await check()).toBe('SERVING');
      node.chat.store.trouble = 'it does not answer';
      await waitFor('it to be told', async () => (await check()) === 'NOT_SERVING');
      node.chat.store.trouble = undefined;
      await waitFor('it to be well', async () => (await check()) === 'SERVING');
      client.close();
    });

    it('G-4 takes no message over the limit', async () => {
      const ending = await node.client('alice').statusOf('echo', { text: 'x'.repeat(256 * 1024) });
      expect(ending.code).toBe('RESOURCE_EXHAUSTED');
    });

    it('G-5 carries so many calls at a time', async () => {
      const session = http2();
      await new Promise((resolve) => session.once('remoteSettings', resolve));
      expect(session.remoteSettings.maxConcurrentStreams).toBe(100);
      session.close();
    });

    it('G-6 answers the pings of clients, however many', async () => {
      const session = http2();
      await new Promise((resolve) => session.once('connect', resolve));
      const ping = () => new Promise((resolve) => session.ping(resolve));
      for (let index = 0; index < 100; index++) expect(await ping()).toBeNull();
      expect(session.closed).toBe(false);
      session.close();
    });

    it('G-7 ends a call at its deadline', async () => {
      let open = (): void => undefined;
      node.chat.gate = new Promise((resolve) => (open = resolve));
      const options = { deadline: Date.now() + 50 };
      expect((await node.client('alice').statusOf('getChannel', { channelId: 'c' }, options)).code).toBe(
        'DEADLINE_EXCEEDED',
      );
      open();
    });
  });

  describe('who is there', () => {
    it.each(['Bearer alice', 'bearer alice', 'BEARER  alice'])('G-8 takes %j', async (authorization) => {
      expect((await node.client(undefined, { authorization }).call('echo', {})).userId).toBe('alice');
    });

    it.each([undefined, '', 'Bearer', 'alice', 'Basic alice', 'Bearer alice bob', 'Bearer alice, Bearer bob'])(
      'G-8 does not take %j',
      async (authorization) => {
        const client = node.client(undefined, authorization === undefined ? {} : { authorization });
        expect((await client.statusOf('echo', {})).code).toBe('UNAUTHENTICATED');
        expect((await client.open().ended).code).toBe('UNAUTHENTICATED');
      },
    );

    it('G-9 refuses a token that is not accepted, and one of which nobody can say', async () => {
      expect((await node.client('mallory').statusOf('echo', {})).code).toBe('UNAUTHENTICATED');
      const stream = node.client('mallory').open();
      expect((await stream.ended).code).toBe('UNAUTHENTICATED');
      expect(stream.events).toEqual([]);
      const nobody = JSON.stringify({ user: { type: 'http', url: 'http://127.0.0.1:9/' } });
      const other = await start({ HERMES_AUTH_PROVIDERS: nobody });
      expect((await other.client('alice').statusOf('echo', {})).code).toBe('UNAVAILABLE');
      expect((await other.client('alice').open().ended).code).toBe('UNAVAILABLE');
      await other.stop();
    });

    it('G-10 tells whose token it is', async () => {
      expect(await node.client('alice').call('echo', { text: 'x' })).toEqual({
        text: 'x',
        userId: 'alice',
        expiresAt: 0,
      });
      const { expiresAt } = await node.client('brief').call('echo', {});
      expect(Math.abs(expiresAt - Date.now())).toBeLessThan(10_000);
      expect((await node.client('alice').statusOf('echo', { text: 'x'.repeat(257) })).code).toBe('INVALID_ARGUMENT');
    });

    it('G-11 ends a stream whose token runs out', async () => {
      const stream = await node.client('brief').join();
      expect(await stream.ended).toEqual({ code: 'UNAUTHENTICATED', details: 'the token has run out' });
    });
  });

  describe('unary calls', () => {
    it('G-12 are refused with a status and a sentence', async () => {
      const ending = await node.client('alice').statusOf('getChannel', { channelId: 'x' });
      expect(ending).toEqual({ code: 'NOT_FOUND', details: 'channel_id: no such channel' });
    });

    it('G-13 tell nothing of a bug', async () => {
      const ending = await node.client('alice').statusOf('getChannel', { channelId: 'crash' });
      expect(ending).toEqual({ code: 'INTERNAL', details: 'this is our fault, not yours; it has been logged' });
    });

    it('G-14 are limited for each user', async () => {
      const other = await start({ HERMES_COMMAND_RATE: '1', HERMES_COMMAND_BURST: '2' });
      const endings = await Promise.all([1, 2, 3].map(() => other.client('alice').statusOf('echo', {})));
      expect(endings.map(({ code }) => code).sort()).toEqual(['OK', 'OK', 'RESOURCE_EXHAUSTED']);
      expect((await other.client('bob').statusOf('echo', {})).code).toBe('OK');
      await other.stop();
    });
  });

  describe('the stream', () => {
    let alice: ChatStream;

    beforeEach(async () => {
      alice = await node.client('alice').join();
    });

    afterEach(() => alice.cancel());

    it('G-15 answers with headers at once', async () => {
      const stream = node.client('alice').open();
      await new Promise((resolve) => stream.call.once('metadata', resolve));
      expect(stream.events).toEqual([]);
      await stream.cancel();
    });

    it('G-16 carries events out in order', async () => {
      const refs = Array.from({ length: 100 }, (_, index) => `${index}`);
      for (const ref of refs) alice.send({ ref, ...message(ref) });
      await waitFor('all answers', () => alice.all('ack').length === 100);
      expect(alice.all('ack').map(({ ref }) => ref)).toEqual(refs);
    });

    it('G-17 acknowledges messages, edits and deletions', async () => {
      expect((await alice.ask({ ref: 'a', ...message('m') })).ack).toMatchObject({ ref: 'a', id: 'm', channelId: 'c' });
      const at = { channelId: 'c', position: 1 };
      expect((await alice.ask({ ref: 'b', edit: { ...at, body: 'y' } })).ack).toMatchObject({ ref: 'b', id: '' });
      expect((await alice.ask({ ref: 'c', delete: at })).ack).toMatchObject({ ref: 'c', id: '' });
    });

    it('G-18 does not answer marks and typing', async () => {
      const before = alice.events.length;
      alice.send({ ref: 'a', delivered: { channelId: 'c', position: 1 } });
      alice.send({ ref: 'b', read: { channelId: 'c', position: 1 } });
      alice.send({ ref: 'c', typing: { channelId: 'c' } });
      await alice.ask({ ref: 'd', ...message('m') });
      const answers = alice.events.slice(before).filter(({ event }) => event !== 'message');
      expect(answers.map(({ ack }) => ack?.ref)).toEqual(['d']);
      expect(node.chat.carriedOut.slice(-4)).toEqual(['DELIVERED 1 by alice', 'READ 1 by alice', 'typing alice', 'm']);
    });

    it('G-19 pushes nothing before join', async () => {
      const bob = node.client('bob').open();
      await bob.ask(message('before'));
      expect(bob.events.map(({ event }) => event)).toEqual(['ack']);
      expect((await bob.ask({ ref: 'j', join: {} })).joined).toEqual({ ref: 'j' });
      await alice.ask(message('behind'));
      expect((await bob.next('message')).id).toBe('behind');
      await bob.cancel();
    });

    it('G-20 answers resume', async () => {
      const bob = node.client('bob').open();
      const channels = [{ channelId: 'c', position: 0 }];
      expect((await bob.ask({ ref: 'r', resume: { channels } })).resumed).toEqual({ ref: 'r', channels });
      await bob.cancel();
    });

    it('G-21 takes join or resume once', async () => {
      for (const event of [{ join: {} }, { resume: {} }]) {
        expect((await alice.ask(event)).error).toMatchObject({ code: 'FAILED_PRECONDITION' });
      }
      const bob = node.client('bob').open();
      node.chat.joining = Promise.reject(new ChatRefusal('UNAVAILABLE', 'try again'));
      expect((await bob.ask({ join: {} })).error).toMatchObject({ code: 'UNAVAILABLE' });
      node.chat.joining = Promise.resolve();
      expect((await bob.ask({ join: {} })).event).toBe('joined');
      await bob.cancel();
    });

    it('G-22 answers what is refused with an error, and goes on', async () => {
      expect((await alice.ask({ ref: 'x', ...message('m', 'none') })).error).toEqual({
        ref: 'x',
        code: 'NOT_FOUND',
        message: 'channel_id: no such channel',
      });
      expect((await alice.ask(message('still here'))).event).toBe('ack');
    });

    it('G-23 answers what it does not know, and a ref that is too long', async () => {
      expect((await alice.ask({ ref: 'x' })).error).toEqual({
        ref: 'x',
        code: 'INVALID_ARGUMENT',
        message: 'event: none that is known is set',
      });
      alice.send({ ref: 'x'.repeat(65), ...message('m') });
      expect(await alice.next('error')).toMatchObject({ ref: 'x' });
      expect(await alice.next('error')).toEqual({
        ref: '',
        code: 'INVALID_ARGUMENT',
        message: 'ref must not be longer than 64 characters',
      });
    });

    it('G-24 brings everything to each stream of a user', async () => {
      const other = await node.client('alice').join();
      await alice.ask(message('both'));
      expect([(await alice.next('message')).id, (await other.next('message')).id]).toEqual(['both', 'both']);
      await other.cancel();
    });

    it('G-25 serves what was said before the client ended its side', async () => {
      for (let index = 0; index < 40; index++) alice.send(message(`${index}`));
      expect(await alice.end()).toEqual({ code: 'OK', details: 'OK' });
      expect(alice.all('ack').length).toBe(40);
    });

    it('G-26 is gone when the client cancels', async () => {
      const before = node.sessions.sessions.size;
      const stream = await node.client('bob').join();
      expect(node.sessions.sessions.size).toBe(before + 1);
      await stream.cancel();
      await waitFor('it to be gone', () => node.sessions.sessions.size === before);
    });
  });
});

describe('chat over gRPC, keeping the connection', () => {
  it('G-6 takes a connection that answers no ping for dead', async () => {
    const node = await start({ HERMES_PING_INTERVAL: '200ms', HERMES_PONG_TIMEOUT: '200ms' });
    const socket = dial(node.server.port ?? 0, '127.0.0.1')
      .on('error', () => undefined)
      .resume();
    // What HTTP/2 begins with, empty settings, and then nothing any more.
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');
    await new Promise((resolve) => socket.once('close', resolve));
    expect(socket.destroyed).toBe(true);
    await node.stop();
  });
});

describe('chat over gRPC, how a stream ends', () => {
  it.each([true, false])('G-27 who does not read (and reads again: %s)', async (again) => {
    const node = await start({ HERMES_OUTBOX_LIMIT: '64KiB' });
    const [slow, bob] = [await node.client('alice').join(), await node.client('bob').join()];
    slow.pause();
    const body = 'x'.repeat(10_000);
    for (let index = 0; index < ENOUGH && !node.sessions.closed.has(4008); index++) {
      await bob.ask({ newMessage: { id: `${index}`, channelId: 'c', body } });
    }
    if (again) slow.resume();
    const { code, details } = await slow.ended;
    expect(code).toBe('RESOURCE_EXHAUSTED');
    expect(details.startsWith('too slow')).toBe(again);
    await node.stop();
  });

  it('G-28 who floods', async () => {
    const node = await start({ HERMES_COMMAND_RATE: '5', HERMES_COMMAND_BURST: '10' });
    const alice = await node.client('alice').join();
    for (let index = 0; index < 40; index++) alice.send({ typing: { channelId: 'c' } });
    expect(await alice.next('error')).toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    expect((await alice.ended).code).toBe('RESOURCE_EXHAUSTED');
    expect(alice.all('error').length).toBe(1);
    await node.stop();
  });

  it('G-29 who is there when Hermes stops', async () => {
    const node = await start({ HERMES_DRAIN: '200ms' });
    const alice = await node.client('alice').join();
    const session = connect(node.address.replace('grpc', 'http')).on('error', () => undefined);
    const goaway = new Promise((resolve) => session.once('goaway', resolve));
    await alice.ask(message('last'));
    const stopped = node.stop();
    expect(await goaway).toBe(0);
    expect(await alice.ended).toEqual({ code: 'UNAVAILABLE', details: 'Hermes is stopping, please reconnect' });
    expect((await alice.next('message')).id).toBe('last');
    await stopped;
  });

  it('G-30 who is one too many', async () => {
    const node = await start({ HERMES_MAX_SESSIONS: '1' });
    await node.client('alice').join();
    expect((await node.client('bob').open().ended).code).toBe('RESOURCE_EXHAUSTED');
    await node.stop();
  });
});

describe('the protocol page of chat', () => {
  it('has a test for every clause', () => {
    const clauses = readFileSync(PROTOCOL, 'utf8').match(/\*\*G-\d+\*\*/g) ?? [];
    const tests = readFileSync(__filename, 'utf8');
    const missing = clauses
      .map((clause) => clause.replaceAll('*', ''))
      .filter((clause) => !tests.includes(`'${clause} `));
    expect(clauses.length).toBe(30);
    expect(missing).toEqual([]);
  });
});
