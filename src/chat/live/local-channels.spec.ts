import type { ServerEvent, Strategy } from '@hermes/protocol';
import { ChatNode, FakeBus, type ChatListener } from '../../../test/support/chat/chat-node.js';
import { FakeChatStore } from '../../../test/support/chat/fake-chat-store.js';
import { waitFor } from '../../../test/support/wait-for.js';
import { WILDCARD } from '../../delivery/index.js';
import { lineProtocol } from '../../../test/support/builders/index.js';
import { CHAT_CHANNEL } from './chat-event.js';

const GROUP = '00000000-0000-4000-8000-000000000001';

/** A node with its store and its bus, and a group of ada, who manages it, and bob. */
function aGroup(strategy: Strategy = 'DURABLE') {
  const store = new FakeChatStore();
  const bus = new FakeBus();
  const node = new ChatNode(store, bus);
  const members = ['bob'].map((userId) => ({ userId, permissions: undefined }));
  store.judge({
    kind: 'create',
    by: 'ada',
    at: 1,
    channelId: GROUP,
    type: 'GROUP',
    name: '',
    strategy,
    ttl: 0,
    members,
  });
  let sent = 0;
  const send = (by = 'ada') => node.chat.send(by, { id: `m${++sent}`, channelId: GROUP, body: `hello ${sent}` });
  /** Written by another node, whose signals never come. */
  const append = () =>
    store.judge({
      kind: 'send',
      by: 'ada',
      at: 1,
      to: { channelId: GROUP },
      id: `a${++sent}`,
      body: '',
      parent: 0,
      attachments: [],
    });
  return { store, bus, node, send, append };
}

function positions(events: readonly ServerEvent[]): number[] {
  return events.map((event) => (event.message ?? event.changed ?? event.membership)?.position ?? 0);
}

function names(listener: ChatListener): string[] {
  return listener.received().map(({ event }) => event ?? '');
}

describe('the channels of a node', () => {
  it('show what happens to those who have joined, in order and once, however often it is said', async () => {
    const { node, bus, send } = aGroup();
    const bob = await node.join('bob');
    await send();
    await send();
    const events = bus.events.splice(0);

    node.hear([...events, ...events]);

    expect(positions(bob.received())).toEqual([2, 3]);
    expect(node.channels.stats).toMatchObject({ shown: 2, doubled: 2 });
  });

  it('show nothing to a session that has not joined, and at once to one of another dialect that has subscribed', async () => {
    const { node, send } = aGroup();
    const bob = node.connect('bob');
    const other = node.connect('bob', lineProtocol);
    node.sessions.subscribe(other.session, CHAT_CHANNEL, WILDCARD);
    await node.channels.known('bob');
    await send();

    node.hear();

    expect(bob.received()).toEqual([]);
    node.core.loop.settle();
    expect(other.connection.text).toMatch(/^chat\/message \{"channelId"/);
  });

  it('read what the bus has lost when the next signal shows the gap', async () => {
    const { node, bus, send } = aGroup();
    const bob = await node.join('bob');
    for (let i = 0; i < 4; i++) await send();
    const events = bus.events.splice(0);

    node.hear(events.slice(3));
    await waitFor('the gap to be read', () => node.channels.stats.shown === 4);

    expect(positions(bob.received())).toEqual([2, 3, 4, 5]);
    expect(node.channels.catchUp.stats).toEqual({ channels: 1, entries: 4 });
  });

  it('take signals that were turned around as one gap', async () => {
    const { node, bus, send } = aGroup();
    const bob = await node.join('bob');
    for (let i = 0; i < 3; i++) await send();

    node.hear(bus.events.splice(0).toReversed());
    await waitFor('the gap to be read', () => node.channels.stats.shown === 3);

    expect(positions(bob.received())).toEqual([2, 3, 4]);
  });

  it('pass over what was not kept', async () => {
    const { node, append, store } = aGroup();
    const bob = await node.join('bob');
    for (let i = 0; i < 3; i++) append();
    store.drop(GROUP, 2);
    store.drop(GROUP, 4);

    await node.sweep.run();
    await waitFor('the channel to catch up', () => node.channels.channel(GROUP)?.cursor === 4);

    expect(positions(bob.received())).toEqual([3]);
  });

  it('stay where the store is, wherever somebody says that they have grown to', async () => {
    const { node, append } = aGroup();
    const bob = await node.join('bob');
    void node.bus.publish([{ kind: 'head', channelId: GROUP, position: 1e15 }]);
    node.hear();
    await waitFor('the rumour to be looked into', () => node.channels.channel(GROUP)?.behind === false);
    const outcome = append();
    const entries = outcome.kind === 'written' ? outcome.entries : [];
    void node.bus.publish([{ kind: 'entries', channelId: GROUP, entries }]);
    node.hear();

    expect(positions(bob.received())).toEqual([2]);
    expect(node.channels.channel(GROUP)?.cursor).toBe(2);
  });

  it('read on when what was lost is so large that pages are short', async () => {
    const { node, append, store } = aGroup();
    const bob = await node.join('bob');
    for (let i = 0; i < 10; i++) append();
    store.longest = 3;

    await node.sweep.run();
    await waitFor('the channel to catch up', () => node.channels.channel(GROUP)?.cursor === 11);

    expect(positions(bob.received())).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('do not lose what is said while a user is being loaded', async () => {
    const { node, store, bus, send } = aGroup();
    await send();
    let open: () => void = () => undefined;
    let passed = 0;
    // The memberships have been read, and their answer is on its way.
    store.gate = () => (++passed === 4 ? new Promise((resolve) => (open = resolve)) : Promise.resolve());
    const bob = node.connect('bob');
    node.sessions.subscribe(bob.session, CHAT_CHANNEL, WILDCARD);
    await waitFor('the answer to be on its way', () => passed === 4);
    bus.events.length = 0;
    await send();
    node.hear();

    open();
    await waitFor('the channel to catch up', () => node.channels.stats.shown === 1);

    expect(positions(bob.received())).toEqual([3]);
  });

  it('pick up who is added while he is here, with the entry that adds him', async () => {
    const { node, send } = aGroup();
    const carl = await node.join('carl');
    await send();
    await node.chat.addMembers('ada', { channelId: GROUP, members: [{ userId: 'carl' }] });
    await send();

    node.hear();

    await waitFor('the channel to be found', () => node.channels.channel(GROUP)?.cursor === 4);
    expect(positions(carl.received())).toEqual([3, 4]);
    expect(node.channels.channelsOf('carl')).toEqual([GROUP]);
  });

  it('find a private channel through its first message', async () => {
    const { node } = aGroup();
    const carl = await node.join('carl');
    await node.chat.send('ada', { id: 'x', recipient: 'carl', body: 'psst' });

    node.hear();

    await waitFor('the channel to be found', () => node.channels.stats.shown === 2);
    expect(names(carl)).toEqual(['membership', 'message']);
  });

  it('find a membership of which the bus has said nothing, by the sweep', async () => {
    const { node, bus, send } = aGroup();
    const carl = await node.join('carl');
    await node.chat.addMembers('ada', { channelId: GROUP, members: [{ userId: 'carl' }] });
    await send();
    bus.events.length = 0;

    await node.sweep.run();
    await waitFor('the channel to catch up', () => node.channels.stats.shown === 2);

    expect(positions(carl.received())).toEqual([2, 3]);
  });

  it('show one who is removed the entry that removes him, and nothing more', async () => {
    const { node, send } = aGroup();
    const bob = await node.join('bob');
    await node.chat.removeMember('ada', { channelId: GROUP, userId: 'bob' });
    await send();

    node.hear();

    expect(positions(bob.received())).toEqual([2]);
    expect(node.channels.size).toEqual({ users: 1, channels: 0 });
  });

  it('do not take old news for new', async () => {
    const { node, bus } = aGroup();
    const carl = await node.join('carl');
    await node.chat.addMembers('ada', { channelId: GROUP, members: [{ userId: 'carl' }] });
    await node.chat.removeMember('ada', { channelId: GROUP, userId: 'carl' });

    node.hear(bus.events.splice(0, 1));
    await waitFor('the store to be asked', () => node.channels.discoveries.stats.outdated === 1);

    expect(carl.received()).toEqual([]);
    expect(node.channels.size).toEqual({ users: 1, channels: 0 });
  });

  it('show one who may not read nothing but who comes and goes', async () => {
    const { node, send } = aGroup();
    const bob = await node.join('bob');
    const permissions = { read: false, write: true, manage: false };
    await node.chat.setPermissions('ada', { channelId: GROUP, userId: 'bob', permissions });
    await send();
    await node.chat.addMembers('ada', { channelId: GROUP, members: [{ userId: 'carl' }] });

    node.hear();

    expect(positions(bob.received())).toEqual([2, 4]);
  });

  it('go on when the store comes back', async () => {
    const { node, store, bus, send } = aGroup();
    store.goAway();
    const joined = node.join('bob');
    await waitFor('it to be tried', () => node.reader.stats.failures > 1);
    store.comeBack();
    const bob = await joined;
    for (let i = 0; i < 2; i++) await send();
    store.goAway();

    node.hear(bus.events.splice(0).slice(1));
    await waitFor('it to be tried', () => node.reader.stats.outages === 2);
    store.comeBack();
    await waitFor('the gap to be read', () => node.channels.stats.shown === 2);

    expect(positions(bob.received())).toEqual([2, 3]);
  });

  it('forget a channel when nobody is here any more', async () => {
    const { node, send } = aGroup();
    const bob = await node.join('bob');

    bob.session.left();
    await send();
    node.hear();

    expect(node.channels.size).toEqual({ users: 0, channels: 0 });
    expect(node.channels.stats.elsewhere).toBe(1);
  });

  it('read the memberships of all who come meanwhile together', async () => {
    const { node, store } = aGroup();

    await Promise.all(['bob', 'carl', 'dora', 'emil'].map((userId) => node.join(userId)));

    expect(store.calls['memberships']).toBe(2);
  });
});

describe('hints', () => {
  it('bring a message that is not stored to who is here', async () => {
    const { node, send } = aGroup('TRANSIENT');
    const bob = await node.join('bob');
    const ack = await send();

    node.hear();

    expect(ack.position).toBe(0);
    expect(positions(bob.received())).toEqual([0]);
  });

  it('bring a mark to those whose messages it moved over', async () => {
    const { node, send } = aGroup();
    const [ada, bob] = [await node.join('ada'), await node.join('bob')];
    const { position } = await send('ada');
    node.hear();
    [ada, bob].forEach((listener) => listener.received());

    await node.chat.mark('bob', 'READ', { channelId: GROUP, position });
    node.hear();

    expect(ada.received()).toMatchObject([{ event: 'receipt', receipt: { userId: 'bob', kind: 'READ', position } }]);
    expect(bob.received()).toEqual([]);
  });

  it('tell who is typing to the others', async () => {
    const { node } = aGroup();
    const [ada, bob] = [await node.join('ada'), await node.join('bob')];

    await node.chat.typing('bob', GROUP);
    node.hear();

    expect(ada.received()).toEqual([{ event: 'typing', typing: { channelId: GROUP, userId: 'bob' } }]);
    expect(bob.received()).toEqual([]);
  });

  it('tell who has come to each whom he meets, once', async () => {
    const { node } = aGroup();
    const [ada, bob] = [await node.join('ada'), await node.join('bob')];
    const private2 = (await node.chat.send('ada', { id: 'x', recipient: 'bob', body: 'psst' })).channelId;
    node.hear();
    [ada, bob].forEach((listener) => listener.received());

    await node.bus.publish([
      { kind: 'presence', userId: 'bob', online: true, lastSeen: 0, channels: [GROUP, private2] },
    ]);
    node.hear();

    expect(ada.received()).toEqual([{ event: 'presence', presence: { userId: 'bob', online: true, lastSeen: 0 } }]);
    expect(bob.received()).toEqual([]);
  });
});
