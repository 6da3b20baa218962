import { createServer, type AddressInfo } from 'node:net';
import { GrpcServer } from '../../../src/chat/grpc/index.js';
import { SessionService } from '../../../src/sessions/index.js';
import { ChatClient } from '../../support/grpc/chat-client.js';
import { JWT_PROVIDERS, tokenOf } from '../../support/grpc/tokens.js';
import { Node } from '../../support/hermes/node.js';
import { waitFor } from '../../support/wait-for.js';

const ENVIRONMENT = {
  HERMES_AUTH_PROVIDERS: JWT_PROVIDERS,
  HERMES_DATA_DIR: 'memory://',
  HERMES_GRPC_PORT: '0',
};

describe('chat over gRPC, with a store', () => {
  let node: Node;
  let address: string;
  const clients: ChatClient[] = [];

  beforeAll(async () => {
    node = await Node.start(ENVIRONMENT);
    address = node.app.get(GrpcServer, { strict: false }).address ?? '';
  });

  afterAll(() => {
    for (const client of clients) client.close();
  });

  async function clientOf(userId: string): Promise<ChatClient> {
    const client = new ChatClient(address, await tokenOf(userId));
    clients.push(client);
    return client;
  }

  it('brings a first message to its recipient, and the mark back to its sender', async () => {
    const [alice, bob] = [await clientOf('alice'), await clientOf('bob')];
    const [sender, reader] = [await alice.join(), await bob.join()];

    const { ack } = await sender.ask({ newMessage: { id: 'm1', recipient: 'bob', body: 'hello' } });
    expect((await reader.next('membership')).kind).toBe('ADDED');
    const message = await reader.next('message');
    expect(message).toMatchObject({ id: 'm1', sender: 'alice', body: 'hello', position: ack?.position });

    const { channelId, position } = message;
    reader.send({ read: { channelId, position } });
    expect(await sender.next('receipt')).toMatchObject({ channelId, userId: 'bob', kind: 'READ', position });
    expect(await bob.call('listMessages', { channelId })).toMatchObject({ messages: [{ id: 'm1' }], more: false });
    expect((await alice.call('getPresence', { userIds: ['bob'] })).users).toMatchObject([{ online: true }]);
  });

  it('stores together what a client sends without waiting, in order, and resumes behind what was seen', async () => {
    const [carol, dave] = [await clientOf('carol'), await clientOf('dave')];
    const stream = await carol.join();
    const { id: channelId } = await carol.call('createChannel', { type: 'GROUP', members: [{ userId: 'dave' }] });
    const ids = Array.from({ length: 300 }, (_, index) => `m${index}`);

    for (const id of ids) stream.send({ ref: id, newMessage: { id, channelId, body: id } });
    await waitFor('all acknowledgements', () => stream.all('ack').length === ids.length);
    expect(stream.all('ack').map(({ id }) => id)).toEqual(ids);
    const seen = stream.all('ack')[99]?.position ?? 0;

    const late = dave.open();
    const { resumed } = await late.ask({ resume: { channels: [{ channelId, position: seen }] } });
    expect(late.all('message').map(({ id }) => id)).toEqual(ids.slice(100));
    expect(resumed?.channels).toContainEqual({ channelId, position: seen + 200 });
  });

  it('refuses with the sentences of chat', async () => {
    const erin = await clientOf('erin');

    expect((await erin.statusOf('getChannel', { channelId: 'x' })).details).toMatch(/^channel_id: /);
    const { channels } = await (await clientOf('alice')).call('listChannels', {});
    const [stolen] = channels;
    expect((await erin.statusOf('getChannel', { channelId: stolen?.id ?? '' })).code).toBe('NOT_FOUND');
  });

  it('ends everything with the node', async () => {
    const sessions = node.app.get(SessionService, { strict: false });
    const stream = await (await clientOf('grace')).join();
    await node.stop();

    expect((await stream.ended).code).toBe('UNAVAILABLE');
    expect(sessions.sessions.size).toBe(0);
  });

  it('does not start when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await waitFor('the port', () => other.listening);
    const HERMES_GRPC_PORT = String((other.address() as AddressInfo).port);

    const environment = { ...ENVIRONMENT, HERMES_GRPC_PORT, HERMES_HOST: '127.0.0.1' };
    await expect(Node.start(environment)).rejects.toThrow('HERMES_GRPC_PORT: cannot listen on');
    other.close();
  });
});
