import { connect } from 'node:http2';
import { connect as connectTo } from 'node:net';
import { GrpcNode } from '../../support/grpc/grpc-node.js';
import { waitFor } from '../../support/wait-for.js';

/** Messages of 10 kB that no client has room for who does not read them. */
const ENOUGH = 2_000;

const PROVIDERS = JSON.stringify({
  user: {
    type: 'static',
    tokens: Object.fromEntries(['alice', 'bob', 'carol'].map((userId) => [userId, { userId }])),
  },
});

/** A call of Alice's, as bytes go over the wire. */
const EVENT_BUFF = {
  ':method': 'POST',
  ':path': '/hermes.chat.v1.Chat/EventBuff',
  'content-type': 'application/grpc',
  te: 'trailers',
  authorization: 'Bearer alice',
};

describe('an event stream', () => {
  let node: GrpcNode;

  beforeAll(async () => {
    node = await GrpcNode.start({ HERMES_AUTH_PROVIDERS: PROVIDERS });
  });

  afterAll(() => node.stop());

  afterEach(async () => {
    await waitFor('all sessions to be gone', () => node.sessions.sessions.size === 0);
  });

  it('brings many messages in order, and answers in the order of the questions', async () => {
    const [alice, bob] = [await node.client('alice').join(), await node.client('bob').join()];
    const ids = Array.from({ length: 1_000 }, (_, index) => `m${index}`);

    for (const id of ids) alice.send({ ref: id, newMessage: { id, channelId: 'c', body: 'x'.repeat(500) } });
    await waitFor('all of them', () => alice.all('ack').length === 1_000 && bob.all('message').length === 1_000);

    expect(alice.all('ack').map(({ ref }) => ref)).toEqual(ids);
    expect(bob.all('message').map(({ id }) => id)).toEqual(ids);
    await Promise.all([alice.cancel(), bob.cancel()]);
  });

  it('waits for a slow event before the next, and reads no further when many wait', async () => {
    let open = (): void => undefined;
    node.chat.gate = new Promise((resolve) => (open = resolve));
    const alice = await node.client('alice').join();
    const carriedOut = node.chat.carriedOut.length;
    for (let index = 0; index < 200; index++) alice.send({ newMessage: { id: `w${index}`, channelId: 'c' } });
    alice.send({ typing: { channelId: 'c' } });

    expect(node.chat.carriedOut.slice(carriedOut)).toEqual([]);
    open();
    await waitFor('the last', () => node.chat.carriedOut.at(-1) === 'typing alice');

    expect(node.chat.carriedOut.slice(carriedOut).length).toBe(201);
    await alice.cancel();
  });

  it('serves what waits when the client ends its side, and ends with OK', async () => {
    const alice = await node.client('alice').join();
    for (let index = 0; index < 50; index++) alice.send({ newMessage: { id: `e${index}`, channelId: 'c' } });

    expect(await alice.end()).toEqual({ code: 'OK', details: 'OK' });
    expect(alice.all('ack').length).toBe(50);
  });

  it('is forgotten when the client cancels, and when its connection breaks', async () => {
    const alice = await node.client('alice').join();
    const socket = connectTo(node.server.port ?? 0, '127.0.0.1');
    const broken = connect('http://any', { createConnection: () => socket }).on('error', () => undefined);
    for (const _ of [1, 2]) broken.request(EVENT_BUFF).on('error', () => undefined);
    await waitFor('all to be here', () => node.sessions.sessions.size === 3);

    await alice.cancel();
    await waitFor('it to be gone', () => node.sessions.sessions.size === 2);
    socket.destroy();
    await waitFor('them to be gone', () => node.sessions.sessions.size === 0);
    expect(node.delivery.users.size).toBe(0);
  });

  it('is never opened for a client that has left before it was let in', async () => {
    const stream = node.client('alice').open();
    stream.call.cancel();
    await stream.ended;
    await node.client('alice').call('echo', {});

    expect(node.sessions.sessions.size).toBe(0);
  });

  it('is shown nothing of what others send to the channel `chat`', async () => {
    const alice = await node.client('alice').join();
    node.delivery.deliver({
      channel: 'chat',
      name: 'message',
      audience: { kind: 'broadcast', role: undefined },
      retention: undefined,
      cacheKey: undefined,
      payload: Buffer.from('{}'),
      receivedAt: performance.now(),
    });
    await alice.ask({ newMessage: { id: 'after', channelId: 'c' } });

    expect(alice.events.map(({ event }) => event).sort()).toEqual(['ack', 'joined', 'message']);
    await alice.cancel();
  });

  it('survives a client that sends rubbish instead of messages', async () => {
    const session = connect(node.address.replace('grpc', 'http'));
    for (const bytes of ['', 'nonsense', '\0\0\0\0\x04\xff\xff\xff\xff', '\0\xff\xff\xff\xff', '\x01\0\0\0\x01x']) {
      const request = session.request(EVENT_BUFF);
      request.on('error', () => undefined).resume();
      request.end(Buffer.from(bytes, 'latin1'));
      await new Promise((resolve) => request.once('close', resolve));
    }
    session.close();

    expect((await node.client('alice').call('echo', {})).userId).toBe('alice');
  });
});

describe('an event stream whose client does not read', () => {
  it('is ended with RESOURCE_EXHAUSTED, its memory is bounded, and nobody else is disturbed', async () => {
    const node = await GrpcNode.start({
      HERMES_AUTH_PROVIDERS: PROVIDERS,
      HERMES_OUTBOX_LIMIT: '128KiB',
      HERMES_COMMAND_RATE: '0',
    });
    const [slow, bob, carol] = [
      await node.client('alice').join(),
      await node.client('bob').join(),
      await node.client('carol').join(),
    ];
    slow.pause();
    let sent = 0;
    let most = 0;

    while (sent < ENOUGH && !node.sessions.closed.has(4008)) {
      await bob.ask({ newMessage: { id: `m${sent++}`, channelId: 'c', body: 'x'.repeat(10_000) } });
      most = Math.max(most, node.delivery.pressure.bytes);
    }
    const ending = await slow.ended;
    await waitFor('carol to have all', () => carol.all('message').length === sent);

    expect(ending.code).toBe('RESOURCE_EXHAUSTED');
    expect(most).toBeLessThanOrEqual(160 * 1024);
    expect(node.delivery.pressure.bytes).toBe(0);
    expect(slow.events.length).toBeLessThan(sent);
    expect(node.sessions.sessions.size).toBe(2);
    await node.stop();
  }, 30_000);

  it('is told why when it reads again at once', async () => {
    const node = await GrpcNode.start({ HERMES_AUTH_PROVIDERS: PROVIDERS, HERMES_OUTBOX_LIMIT: '128KiB' });
    const [slow, bob] = [await node.client('alice').join(), await node.client('bob').join()];
    slow.pause();
    for (let sent = 0; sent < ENOUGH && !node.sessions.closed.has(4008); sent++) {
      await bob.ask({ newMessage: { id: `m${sent}`, channelId: 'c', body: 'x'.repeat(10_000) } });
    }
    slow.resume();

    expect(await slow.ended).toEqual({
      code: 'RESOURCE_EXHAUSTED',
      details: 'too slow: events arrive faster than they are read',
    });
    await node.stop();
  });
});

describe('an event stream and the limits of the node', () => {
  it('is warned and then ended when it floods', async () => {
    const node = await GrpcNode.start({
      HERMES_AUTH_PROVIDERS: PROVIDERS,
      HERMES_COMMAND_RATE: '5',
      HERMES_COMMAND_BURST: '10',
    });
    const alice = await node.client('alice').join();
    for (let index = 0; index < 40; index++) alice.send({ ref: `${index}`, typing: { channelId: 'c' } });

    expect(await alice.next('error')).toEqual({
      ref: '9',
      code: 'RESOURCE_EXHAUSTED',
      message: 'more than 5 events a second: slow down or the stream is ended',
    });
    expect((await alice.ended).code).toBe('RESOURCE_EXHAUSTED');
    await node.stop();
  });

  it('is refused when there are too many', async () => {
    const node = await GrpcNode.start({ HERMES_AUTH_PROVIDERS: PROVIDERS, HERMES_MAX_SESSIONS: '1' });
    await node.client('alice').join();

    expect((await node.client('bob').open().ended).code).toBe('RESOURCE_EXHAUSTED');
    expect(node.stats.stats.streamsRefused).toBe(1);
    await node.stop();
  });

  it('is ended with UNAVAILABLE when Hermes stops, behind what it is still owed', async () => {
    const node = await GrpcNode.start({ HERMES_AUTH_PROVIDERS: PROVIDERS });
    const [alice, bob] = [await node.client('alice').join(), await node.client('bob').join()];
    await alice.ask({ newMessage: { id: 'last', channelId: 'c' } });
    await node.stop();

    const stopping = { code: 'UNAVAILABLE', details: 'Hermes is stopping, please reconnect' };
    expect([await alice.ended, await bob.ended]).toEqual([stopping, stopping]);
    expect((await bob.next('message')).id).toBe('last');
    expect(node.sessions.sessions.size).toBe(0);
  });
});
