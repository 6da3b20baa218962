import { ChatNode, FakeBus } from '../../test/support/chat/chat-node.js';
import { FakeChatStore } from '../../test/support/chat/fake-chat-store.js';
import { ChatRefusal } from './model/index.js';

const GROUP = '00000000-0000-4000-8000-000000000001';
const NOWHERE = '00000000-0000-4000-8000-000000000009';
const may = { read: true, write: true, manage: false };

async function aGroup(strategy: 'DURABLE' | 'TRANSIENT' = 'DURABLE') {
  const store = new FakeChatStore();
  const node = new ChatNode(store, new FakeBus());
  const group = { type: 'GROUP', strategy, id: GROUP, members: [{ userId: 'bob' }] } as const;
  await node.chat.createChannel('ada', group);
  return { store, node, chat: node.chat };
}

describe('ChatService', () => {
  it('acknowledges a message with its position, and the same again like the first time', async () => {
    const { chat } = await aGroup();

    const first = await chat.send('ada', { id: 'm1', channelId: GROUP, body: 'hello' });

    expect(first).toMatchObject({ ref: '', channelId: GROUP, id: 'm1', position: 2, duplicate: false });
    expect(await chat.send('ada', { id: 'm1', channelId: GROUP, body: 'hello' })).toEqual({
      ...first,
      duplicate: true,
    });
  });

  it('acknowledges a message to a user by its own position, behind the entry that begins the channel', async () => {
    const { chat } = await aGroup();

    expect(await chat.send('ada', { id: 'm1', recipient: 'carl', body: 'hello' })).toMatchObject({
      id: 'm1',
      position: 2,
    });
  });

  it('acknowledges what is not stored with position 0', async () => {
    const { chat } = await aGroup('TRANSIENT');

    expect(await chat.send('ada', { id: 'm1', channelId: GROUP, body: 'x' })).toMatchObject({
      position: 0,
      duplicate: false,
    });
  });

  it('acknowledges an edit and a deletion with the position of the change', async () => {
    const { chat } = await aGroup();
    await chat.send('ada', { id: 'm1', channelId: GROUP, body: 'hello' });

    expect(await chat.edit('ada', { channelId: GROUP, position: 2, body: 'hi' })).toMatchObject({
      id: '',
      position: 3,
    });
    expect(await chat.delete('ada', { channelId: GROUP, position: 2 })).toMatchObject({ id: '', position: 4 });
  });

  it('acknowledges whatever the bus does', async () => {
    const { chat, node } = await aGroup();
    node.events.reason = 'not connected to the broker';

    await expect(chat.send('ada', { id: 'm1', channelId: GROUP, body: 'x' })).resolves.toMatchObject({ position: 2 });
  });

  it('answers changes of members with the channel as it is then', async () => {
    const { chat } = await aGroup();
    const members = async (channel: Promise<{ members: readonly { userId: string }[] }>) =>
      (await channel).members.map(({ userId }) => userId);

    expect(await members(chat.addMembers('ada', { channelId: GROUP, members: [{ userId: 'carl' }] }))).toEqual([
      'ada',
      'bob',
      'carl',
    ]);
    expect(
      await members(chat.setPermissions('ada', { channelId: GROUP, userId: 'carl', permissions: may })),
    ).toHaveLength(3);
    expect(await members(chat.removeMember('ada', { channelId: GROUP, userId: 'carl' }))).toEqual(['ada', 'bob']);
    await chat.leaveChannel('bob', GROUP);
    expect(await members(chat.getChannel('ada', GROUP))).toEqual(['ada']);
  });

  it('tells of the messages whether there are more', async () => {
    const { chat, store } = await aGroup();
    for (const id of ['1', '2', '3']) await chat.send('ada', { id, channelId: GROUP, body: 'x' });
    const ids = async (request: object) => {
      const { messages, more } = await chat.listMessages('bob', { channelId: GROUP, ...request });
      return [messages.map(({ id }) => id), more];
    };

    expect(await ids({ limit: 2 })).toEqual([['3', '2'], true]);
    expect(await ids({ limit: 3 })).toEqual([['3', '2', '1'], false]);
    expect(await ids({ after: 2, limit: 1 })).toEqual([['2'], true]);
    expect(await ids({ before: 3 })).toEqual([['1'], false]);
    // Large messages: fewer than were asked for.
    store.longest = 1;
    expect(await ids({ limit: 3 })).toEqual([['3'], true]);
  });

  it('lists channels page by page', async () => {
    const { chat } = await aGroup();
    await chat.createChannel('ada', { type: 'GROUP' });

    const first = await chat.listChannels('ada', { pageSize: 1 });
    const second = await chat.listChannels('ada', { pageSize: 1, pageToken: first.nextPageToken });

    expect([first.channels.length, second.channels.length, second.nextPageToken]).toEqual([1, 1, '']);
  });

  it('tells the presence of those one shares a channel with, in the order of the question, and of nobody else', async () => {
    const { chat } = await aGroup();

    expect(await chat.presenceOf('ada', ['eve', 'bob', 'ada'])).toEqual([
      { userId: 'eve', online: false, lastSeen: 0 },
      { userId: 'bob', online: true, lastSeen: 0 },
      { userId: 'ada', online: true, lastSeen: 0 },
    ]);
  });

  it('tells a stranger the same of a channel that is there and of one that is not', async () => {
    const { chat } = await aGroup();
    const tries = [GROUP, NOWHERE].map((channelId) => [
      () => chat.getChannel('eve', channelId),
      () => chat.listMessages('eve', { channelId }),
      () => chat.send('eve', { id: 'x', channelId, body: 'x' }),
      () => chat.edit('eve', { channelId, position: 1, body: 'x' }),
      () => chat.delete('eve', { channelId, position: 1 }),
      () => chat.mark('eve', 'READ', { channelId, position: 1 }),
      () => chat.typing('eve', channelId),
      () => chat.addMembers('eve', { channelId, members: [{ userId: 'eve' }] }),
      () => chat.setPermissions('eve', { channelId, userId: 'bob', permissions: may }),
      () => chat.removeMember('eve', { channelId, userId: 'bob' }),
      () => chat.leaveChannel('eve', channelId),
    ]);
    const answers = await Promise.all(
      tries.map((list) => Promise.all(list.map((attempt) => attempt().then(String, (error: unknown) => error)))),
    );

    for (const answer of answers.flat()) expect(answer).toMatchObject({ code: 'NOT_FOUND' });
    expect(answers[0]).toEqual(answers[1]);
  });

  it('does not let one read or be heard who may not', async () => {
    const { chat } = await aGroup();
    await chat.setPermissions('ada', {
      channelId: GROUP,
      userId: 'bob',
      permissions: { read: false, write: false, manage: false },
    });

    await expect(chat.listMessages('bob', { channelId: GROUP })).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(chat.typing('bob', GROUP)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  it('says UNAVAILABLE, as a refusal, whatever is wrong with the store', async () => {
    const { chat, store, node } = await aGroup();
    store.goAway('secret-host refused');
    const answers = [chat.send('ada', { id: 'x', channelId: GROUP, body: 'x' }), chat.getChannel('ada', GROUP)];
    for (const answer of answers) {
      const error: unknown = await answer.catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(ChatRefusal);
      expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.not.stringContaining('secret') });
    }
    store.comeBack();
    store.gate = () => Promise.reject(new TypeError('a bug'));

    await expect(chat.getChannel('ada', GROUP)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect([...node.writer.counts.refusals]).toEqual([['UNAVAILABLE', 3]]);
  });
});
