import { Client } from '../../support/hermes/client.js';
import { API_KEY, Node } from '../../support/hermes/node.js';
import { RawClient } from '../../support/hermes/raw-client.js';
import { allow, BackEnd } from '../../support/rooms/back-end.js';
import { RoomsClient } from '../../support/rooms/client.js';
import { waitFor } from '../../support/wait-for.js';

const CLOSE = 8;
const TIMES = 100;

/** Opens a connection, says something, and goes no further than the answer to its close frame: the TCP connection stays. */
async function concludedAt(port: number, path: string, says: readonly object[], answer: string): Promise<RawClient> {
  const client = await RawClient.open(port, path);
  for (const message of says) client.send(JSON.stringify(message));
  await waitFor('its answer', () => client.texts.some((text) => text.includes(answer)), { interval: 1 });
  client.send(Buffer.from([0x03, 0xe8]), { opcode: CLOSE });
  await client.concluded;
  return client;
}

describe('a client whose close frame was answered', () => {
  let backEnd: BackEnd;
  let node: Node;

  beforeAll(async () => {
    backEnd = await BackEnd.start();
    backEnd.behave = allow({ a: '*' });
    node = await Node.start({ HERMES_ROOMS_API_URL: backEnd.url, HERMES_TOPICS_PUBLISH: 'anybody' });
  });

  afterAll(async () => {
    await node.stop();
    await backEnd.stop();
  });

  it(`is counted by no other, and holds no room, ${TIMES} times of ${TIMES}`, async () => {
    const other = await RoomsClient.enter(`ws://127.0.0.1:${node.port}/ws/`);
    const seen = new Set<string>();
    for (let time = 0; time < TIMES; time++) {
      const subscribe = [{ type: 'subscribe', room: { a: String(time) }, requestId: 1 }];
      const gone = await concludedAt(node.port, '/ws/', subscribe, 'success');
      other.send({ type: 'status' });
      const { open_connections, num_rooms } = (await other.next()) as { open_connections: number; num_rooms: number };
      seen.add(`${open_connections} ${num_rooms}`);
      gone.socket.destroy();
    }
    await other.close();
    expect([...seen]).toEqual(['1 0']);
  });

  it.each([
    [
      'hermes',
      '/_ws/subscribe',
      [
        { channel: 'ws_status', event: 'subscribe', command: { channel: 'c' } },
        { channel: 'ws_status', event: 'handshake' },
      ],
      'handshake',
    ],
    ['topics', '/_ws/topics', [{ type: 'subscribe', topic: 'c' }], 'ack_subscribe'],
    ['rooms', '/_ws/rooms', [{ type: 'subscribe', room: { a: '1' }, requestId: 1 }], 'success'],
    ['commands', '/web', [{ rid: 1, command: 'authentication', options: {} }], 'ok'],
  ])('is no session of %s any more, while its TCP connection is there', async (gateway, path, says, answer) => {
    const gone = await concludedAt(node.port, path, says, answer);
    expect(await node.metric(`hermes_sessions{gateway="${gateway}",state="anonymous"}`)).toBe(0);
    const topics = await fetch(`${node.url}/api/topics`, { headers: { Authorization: `Bearer ${API_KEY}` } });
    expect(((await topics.json()) as { topics: unknown[] }).topics).toEqual([]);
    gone.socket.destroy();
  });

  it('has everything carried out that it sent before', async () => {
    const listener = await Client.connect(`ws://127.0.0.1:${node.port}/_ws/topics`);
    await listener.next();
    listener.raw(JSON.stringify({ type: 'subscribe', topic: 'last words' }));
    await listener.next();
    const publisher = await RawClient.open(node.port, '/_ws/topics');
    for (let n = 0; n < 20; n++) publisher.send(JSON.stringify({ topic: 'last words', data: { n } }));
    publisher.send(Buffer.from([0x03, 0xe8]), { opcode: CLOSE });
    for (let n = 0; n < 20; n++) expect(await listener.next()).toEqual({ n });
    await listener.close();
    publisher.socket.destroy();
  });
});
