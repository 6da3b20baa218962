import { ChatNode, FakeBus } from '../../../test/support/chat/chat-node.js';
import { FakeChatStore } from '../../../test/support/chat/fake-chat-store.js';
import { waitFor } from '../../../test/support/wait-for.js';
import { ChatConfig } from '../model/index.js';

const GROUP = '00000000-0000-4000-8000-000000000001';

async function aNodeOf(userId: string, sweep = 60_000) {
  const store = new FakeChatStore();
  const bus = new FakeBus();
  const node = new ChatNode(store, bus, Object.assign(new ChatConfig(), { sweep }));
  const group = { channelId: GROUP, type: 'GROUP', name: '', strategy: 'DURABLE', ttl: 0, members: [] } as const;
  store.judge({ by: userId, at: 1, kind: 'create', ...group });
  const listener = await node.join(userId);
  const send = (id: string) => node.chat.send(userId, { id, channelId: GROUP, body: 'x' });
  const ids = () => listener.received().map(({ message }) => message?.id);
  return { store, bus, node, send, ids };
}

describe('the sweep', () => {
  it('finds what the bus has lost', async () => {
    const { bus, node, send, ids } = await aNodeOf('ada');
    await send('1');
    bus.events.length = 0;

    await node.sweep.run();
    await waitFor('the channel to catch up', () => node.channels.stats.shown === 1);

    expect(ids()).toEqual(['1']);
  });

  it('is not needed for those who are where it was said, when the bus takes nothing', async () => {
    const { bus, node, send, ids } = await aNodeOf('ada');
    bus.reason = 'not connected to the broker';

    await send('1');
    await waitFor('it to be shown', () => node.channels.stats.shown === 1);

    expect(ids()).toEqual(['1']);
    expect(node.bus.stats.lost).toBe(1);
  });

  it('runs by itself, and when the bus works again', async () => {
    const [often, seldom] = [await aNodeOf('ada', 100), await aNodeOf('ada')];
    await seldom.send('1');
    seldom.bus.events.length = 0;
    seldom.bus.reason = 'not connected to the broker';
    for (const { node } of [often, seldom]) node.sweep.onApplicationBootstrap();
    await waitFor('one to run', () => often.node.sweep.stats.sweeps > 1);
    await waitFor('the outage to be seen', () => seldom.node.sweep.stats.busLost === 1);
    expect(seldom.node.sweep.stats.sweeps).toBe(0);

    seldom.bus.reason = undefined;
    await waitFor('the channel to catch up', () => seldom.node.channels.stats.shown === 1);

    expect([seldom.ids(), seldom.node.sweep.stats]).toMatchObject([['1'], { sweeps: 1, busBack: 1 }]);
    for (const { node } of [often, seldom]) await node.stop();
  });

  it('looks again where one failed', async () => {
    const { store, node, bus, send, ids } = await aNodeOf('ada');
    await node.sweep.run();
    await send('1');
    bus.events.length = 0;
    store.goAway();
    await node.sweep.run();
    store.comeBack();

    await node.sweep.run();
    await waitFor('the channel to catch up', () => node.channels.stats.shown === 1);

    expect([ids(), node.sweep.stats]).toMatchObject([['1'], { sweeps: 2, failed: 1 }]);
  });

  it('asks for nothing while nobody has been here', async () => {
    const store = new FakeChatStore();
    const node = new ChatNode(store, new FakeBus());

    await node.sweep.run();

    expect(store.calls).toEqual({});
  });

  it('is over when it has been stopped', async () => {
    const { node, store } = await aNodeOf('ada');
    await node.stop();
    const calls = { ...store.calls };

    await node.sweep.run();

    expect(store.calls).toEqual(calls);
  });
});
