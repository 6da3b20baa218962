import { lineProtocol } from '../../../test/support/builders/index.js';
import { ChatNode, FakeBus, type ChatListener } from '../../../test/support/chat/chat-node.js';
import { FakeChatStore } from '../../../test/support/chat/fake-chat-store.js';
import { waitFor } from '../../../test/support/wait-for.js';
import { WILDCARD } from '../../delivery/index.js';
import { CHAT_CHANNEL } from './chat-event.js';

const GROUP = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';

/** A node and two groups of ada and bob; the log of the first has messages from position 2 on. */
function aHistory(messages: number, body = '') {
  const store = new FakeChatStore();
  const node = new ChatNode(store, new FakeBus());
  const members = [{ userId: 'bob', permissions: undefined }];
  for (const channelId of [GROUP, OTHER]) {
    const group = { channelId, type: 'GROUP', name: '', strategy: 'DURABLE', ttl: 0, members } as const;
    store.judge({ by: 'ada', at: 1, kind: 'create', ...group });
  }
  let sent = 0;
  const append = (count: number, channelId = GROUP) => {
    for (let i = 0; i < count; i++) {
      const id = `m${++sent}`;
      store.judge({ by: 'ada', at: 1, kind: 'send', to: { channelId }, id, body, parent: 0, attachments: [] });
    }
  };
  append(messages);
  return { store, node, append };
}

function positions(listener: ChatListener, channelId = GROUP): number[] {
  return listener
    .received()
    .map((event) => event.message ?? event.changed ?? event.membership)
    .filter((entry) => entry?.channelId === channelId)
    .map((entry) => entry?.position ?? 0);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_entry, index) => from + index);
}

/** Lets a listener read until its resumption is done. */
async function resumed(node: ChatNode, listener: ChatListener, seen: [string, number][] = []) {
  const all: number[] = [];
  const channels = seen.map(([channelId, position]) => ({ channelId, position }));
  let done: readonly { channelId: string; position: number }[] | undefined;
  const resuming = node.chat.resume(listener.session, channels).then((stand) => (done = stand));
  await waitFor('the resumption', () => {
    all.push(...positions(listener));
    return done;
  });
  return { all, stand: new Map((await resuming).map(({ channelId, position }) => [channelId, position])) };
}

describe('a session that resumes', () => {
  it('is shown what it missed behind the position it names, and told where its channels stand', async () => {
    const { node } = aHistory(10);

    const { all, stand } = await resumed(node, node.connect('bob'), [[GROUP, 7]]);

    expect(all).toEqual(range(8, 11));
    expect(stand).toEqual(
      new Map([
        [GROUP, 11],
        [OTHER, 1],
      ]),
    );
  });

  it('is shown what was not marked as delivered where it names nothing', async () => {
    const { node } = aHistory(10);
    await node.chat.mark('bob', 'DELIVERED', { channelId: GROUP, position: 5 });

    expect((await resumed(node, node.connect('bob'))).all).toEqual(range(6, 11));
  });

  it('is shown many pages', async () => {
    const { node } = aHistory(1_000);

    const seen: [string, number][] = [
      [GROUP, 0],
      [OTHER, 1],
    ];
    expect((await resumed(node, node.connect('bob'), seen)).all).toEqual(range(1, 1_001));
    expect(node.replayer.stats.entries).toBe(1_001);
  });

  it('is shown all of it when it is so large that pages are short', async () => {
    const { node, store } = aHistory(50);
    store.longest = 3;

    expect((await resumed(node, node.connect('bob'), [[GROUP, 1]])).all).toEqual(range(2, 51));
  });

  it('is shown live what comes then', async () => {
    const { node } = aHistory(3);
    const bob = node.connect('bob');
    await resumed(node, bob, [[GROUP, 1]]);

    await node.chat.send('ada', { id: 'new', channelId: GROUP, body: 'x' });
    node.hear();

    expect(positions(bob)).toEqual([5]);
  });

  it('reads nothing where nothing was missed', async () => {
    const { node, store } = aHistory(3);

    await resumed(node, node.connect('bob'), [
      [GROUP, 4],
      [OTHER, 1],
    ]);

    expect(store.calls['entries']).toBeUndefined();
  });

  it('is not waited for when it reads slowly, and is never given more than it takes', async () => {
    const { node } = aHistory(60, 'x'.repeat(16_000));
    const slow = node.connect('bob');
    slow.connection.stall();
    const resuming = node.chat.resume(slow.session, [{ channelId: GROUP, position: 1 }]);
    const quick = node.connect('ada');

    expect((await resumed(node, quick, [[GROUP, 1]])).all).toEqual(range(2, 61));
    expect(slow.session.subscriber.outbox.pendingBytes).toBeLessThan(100_000);
    const all: number[] = [];
    slow.connection.read();
    await waitFor('the rest', () => {
      all.push(...positions(slow));
      return all.length === 60;
    });
    await resuming;

    expect(all).toEqual(range(2, 61));
  });

  it('is forgotten when it ends meanwhile', async () => {
    const { node } = aHistory(60, 'x'.repeat(16_000));
    const bob = node.connect('bob');
    bob.connection.stall();
    const resuming = node.chat.resume(bob.session, [{ channelId: GROUP, position: 1 }]);
    await waitFor('it to be stuck', () => {
      node.core.loop.settle();
      return bob.session.subscriber.outbox.pendingBytes > 0;
    });

    bob.session.left();

    await resuming;
    expect(node.channels.size).toEqual({ users: 0, channels: 0 });
  });

  it('cannot have seen what is not there yet', async () => {
    const { node, append } = aHistory(3);
    const bob = node.connect('bob');
    const { stand } = await resumed(node, bob, [[GROUP, 1_000]]);

    append(1);
    await node.sweep.run();
    await waitFor('the channel to catch up', () => node.channels.channel(GROUP)?.cursor === 5);

    expect(stand.get(GROUP)).toBe(4);
    expect(positions(bob)).toEqual([5]);
  });

  it('is shown nothing of a channel that it may not read, but who comes and goes', async () => {
    const { node, store } = aHistory(3);
    const permissions = { read: false, write: true, manage: false };
    store.judge({ by: 'ada', at: 1, kind: 'permit', channelId: GROUP, userId: 'bob', permissions });

    expect((await resumed(node, node.connect('bob'), [[GROUP, 1]])).all).toEqual([5]);
  });

  it('does so once, on a new stream', async () => {
    const { node } = aHistory(1);
    const bob = await node.join('bob');

    await expect(node.chat.resume(bob.session, [])).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
    await expect(node.chat.join(bob.session)).resolves.toBeUndefined();
  });

  it('is told when Hermes stops before it is done', async () => {
    const { node, store } = aHistory(1);
    const bob = node.connect('bob');
    await node.channels.known('bob');
    store.goAway();
    const resuming = node.chat.resume(bob.session, [{ channelId: GROUP, position: 1 }]);
    store.comeBack();
    await waitFor('it to begin', () => store.calls['memberships'] === 2);
    store.goAway();
    node.reader.stop();

    await expect(resuming).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('must be somebody', async () => {
    const { node } = aHistory(1);
    const { session } = node.connect('bob');
    node.sessions.identify(session, undefined);

    await expect(node.chat.join(session)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(node.chat.resume(session, [])).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('of a user whose membership the node had not heard of brings his other sessions what they missed', async () => {
    const { node, store } = aHistory(1);
    const other = node.connect('carl', lineProtocol);
    node.sessions.subscribe(other.session, CHAT_CHANNEL, WILDCARD);
    await node.channels.known('carl');
    store.judge({
      by: 'ada',
      at: 1,
      kind: 'add',
      channelId: GROUP,
      members: [{ userId: 'carl', permissions: undefined }],
    });

    const { all } = await resumed(node, node.connect('carl'));
    await waitFor('the other session', () => {
      node.core.loop.settle();
      return other.connection.text.includes('chat/membership');
    });

    expect(all).toEqual([3]);
  });
});
