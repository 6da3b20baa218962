import { aStore, STORE_TIMEOUT, type OwnStore } from '../../support/chat/index.js';
import { ChatNode, FakeBus, type ChatListener } from '../../support/chat/chat-node.js';
import { waitFor } from '../../support/index.js';

/*
 * Two nodes over one embedded database, and a bus between them that the test breaks.
 */

const GROUP = '00000000-0000-4000-8000-000000000001';

let own: OwnStore;
beforeAll(async () => {
  own = await aStore();
}, STORE_TIMEOUT);
afterAll(() => own.close());

let cluster: readonly [ChatNode, ChatNode];
let bus: FakeBus;
beforeEach(() => {
  bus = new FakeBus();
  cluster = [new ChatNode(own.store, bus), new ChatNode(own.store, bus)];
});
afterEach(() => Promise.all(cluster.map((node) => node.stop())));

/** What the bus carries comes to both nodes. @param loses every so many signals are lost */
function carry(loses = Infinity): void {
  const events = bus.events.splice(0).filter((_event, index) => (index + 1) % loses !== 0);
  for (const node of cluster) node.hear(events);
}

let groups = 0;
async function aGroup(strategy: 'DURABLE' | 'LAST' | 'TRANSIENT', ...userIds: readonly string[]): Promise<string> {
  const id = GROUP.slice(0, -4) + String(++groups).padStart(4, '0');
  const members = userIds.slice(1).map((userId) => ({ userId }));
  await cluster[0].chat.createChannel(userIds[0] ?? '', { type: 'GROUP', strategy, members, id });
  return id;
}

/** Positions of the entries of one channel that a listener was sent, until there are so many. */
async function shown(listener: ChatListener, channelId: string, count: number): Promise<number[]> {
  const positions: number[] = [];
  await waitFor(`${count} entries`, () => {
    for (const event of listener.received()) {
      const entry = event.message ?? event.changed ?? event.membership;
      if (entry?.channelId === channelId) positions.push(entry.position);
    }
    return positions.length >= count;
  });
  return positions;
}

function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_position, index) => index + first);
}

describe('two nodes', () => {
  it('show a channel that one has begun to a user on the other, who had never heard of it', async () => {
    const bob = await cluster[1].join('bob-1');

    const { channelId } = await cluster[0].chat.send('ada-1', { id: 'm', recipient: 'bob-1', body: 'hello' });
    carry();

    expect(await shown(bob, channelId, 2)).toEqual([1, 2]);
  });

  it('make one private channel of two first messages at the same moment', async () => {
    const [ada, bob] = [await cluster[0].join('ada-2'), await cluster[1].join('bob-2')];

    const acks = await Promise.all([
      cluster[0].chat.send('ada-2', { id: 'm', recipient: 'bob-2', body: 'hello' }),
      cluster[1].chat.send('bob-2', { id: 'm', recipient: 'ada-2', body: 'hello' }),
    ]);
    carry();

    const [channelId = ''] = new Set(acks.map((ack) => ack.channelId));
    expect(acks.map(({ position }) => position).toSorted((a, b) => a - b)).toEqual([2, 3]);
    for (const listener of [ada, bob]) expect(await shown(listener, channelId, 3)).toEqual([1, 2, 3]);
  });

  it('show 50 writers in one channel to everybody in one order, though the bus loses every third signal', async () => {
    const users = upTo(50).map((number) => `writer-${number}`);
    const channelId = await aGroup('DURABLE', ...users);
    const listeners = [await cluster[0].join('writer-1'), await cluster[1].join('writer-2')];

    const acks = await Promise.all(
      users.flatMap((user, index) =>
        upTo(10).map((number) =>
          cluster[index % 2]?.chat.send(user, { id: `m${number}`, channelId, body: 'x'.repeat(100) }),
        ),
      ),
    );
    carry(3);
    await Promise.all(cluster.map((node) => node.sweep.run()));

    expect(acks.map((ack) => ack?.position ?? 0).toSorted((a, b) => a - b)).toEqual(upTo(501, 2));
    for (const listener of listeners) expect(await shown(listener, channelId, 500)).toEqual(upTo(501, 2));
    expect(cluster[0].writer.stats['committed']).toBeLessThan(100);
  });

  it('find memberships and messages of which the bus has said nothing', async () => {
    const bob = await cluster[1].join('bob-3');
    await cluster[1].sweep.run();
    const channelId = await aGroup('DURABLE', 'ada-3', 'bob-3');
    await cluster[0].chat.send('ada-3', { id: 'm', channelId, body: 'hello' });
    bus.events.length = 0;

    await cluster[1].sweep.run();

    expect(await shown(bob, channelId, 2)).toEqual([1, 2]);
  });

  it('show one who comes back to the other node what he missed, then what comes', async () => {
    const channelId = await aGroup('DURABLE', 'ada-4', 'bob-4');
    const before = await cluster[0].join('bob-4');
    const send = (id: string) => cluster[0].chat.send('ada-4', { id, channelId, body: 'hello' });
    await send('1');
    carry();
    const [position = 0] = await shown(before, channelId, 1);
    before.session.left();
    for (let i = 2; i < 400; i++) await send(String(i));

    const bob = cluster[1].connect('bob-4');
    const resumed = cluster[1].chat.resume(bob.session, [{ channelId, position }]);
    const last = send('400');
    const missed = await shown(bob, channelId, 398);
    await Promise.all([resumed, last]);
    carry();

    expect([...missed, ...(await shown(bob, channelId, 401 - 3 + 1 - missed.length))]).toEqual(upTo(401, 3));
  });

  it('show one who comes back to a channel that keeps only the newest message that one', async () => {
    const channelId = await aGroup('LAST', 'ada-5', 'bob-5');
    for (const id of ['1', '2', '3']) await cluster[0].chat.send('ada-5', { id, channelId, body: id });

    const bob = cluster[1].connect('bob-5');
    const resumed = cluster[1].chat.resume(bob.session, [{ channelId, position: 1 }]);

    expect(await shown(bob, channelId, 1)).toEqual([4]);
    expect(await resumed).toEqual([{ channelId, position: 4 }]);
  });

  it('push marks to the senders of what they moved over', async () => {
    const channelId = await aGroup('DURABLE', 'ada-6', 'bob-6');
    const ada = await cluster[0].join('ada-6');
    const { position } = await cluster[0].chat.send('ada-6', { id: 'm', channelId, body: 'hello' });
    await cluster[1].chat.mark('bob-6', 'READ', { channelId, position });
    carry();

    expect(ada.received().at(-1)).toMatchObject({
      event: 'receipt',
      receipt: { userId: 'bob-6', kind: 'READ', position },
    });
    expect(await cluster[1].chat.getChannel('bob-6', channelId)).toMatchObject({ unread: 0 });
  });
});
