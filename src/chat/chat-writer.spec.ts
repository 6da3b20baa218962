import { ChatNode, FakeBus } from '../../test/support/chat/chat-node.js';
import { FakeChatStore } from '../../test/support/chat/fake-chat-store.js';
import { creation, message } from '../../test/support/chat/writes.js';
import { waitFor } from '../../test/support/wait-for.js';

const GROUP = '00000000-0000-4000-8000-000000000001';

describe('a message that is sent again', () => {
  async function aGroup() {
    const store = new FakeChatStore();
    store.judge(creation('ada', ['bob'], { channelId: GROUP }));
    const node = new ChatNode(store, new FakeBus());
    return { store, node, bob: await node.join('bob') };
  }

  it('is shown, though its first sending was stored without anybody knowing', async () => {
    const { store, node, bob } = await aGroup();
    store.judge(message('ada', GROUP, { id: 'm1' }));

    expect(await node.chat.send('ada', { id: 'm1', channelId: GROUP, body: 'hello' })).toMatchObject({
      duplicate: true,
    });
    node.hear();
    await waitFor('the message to be shown', () => node.channels.stats.shown === 1);

    expect(bob.received()).toMatchObject([{ message: { id: 'm1', position: 2 } }]);
  });

  it('is not shown again, nor is anything read, where it was shown', async () => {
    const { store, node, bob } = await aGroup();
    const wish = { id: 'm1', channelId: GROUP, body: 'hello' };
    await node.chat.send('ada', wish);
    await node.chat.send('ada', wish);

    node.hear();

    expect(bob.received()).toMatchObject([{ message: { id: 'm1' } }]);
    expect(store.calls['entries']).toBeUndefined();
  });
});
