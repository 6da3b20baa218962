import { aDataFolder, STORE_TIMEOUT } from '../../support/chat/index.js';
import { Node } from '../../support/hermes/node.js';
import { waitFor } from '../../support/index.js';

describe('a node with chat', () => {
  let node: Node;
  beforeAll(async () => {
    node = await Node.start({ HERMES_DATA_DIR: await aDataFolder(), HERMES_GRPC_PORT: '0' });
  }, STORE_TIMEOUT);
  afterAll(() => node.stop());

  it('is ready when its database is', async () => {
    const readiness = async () => (await fetch(`${node.url}/health/ready`)).status;
    await waitFor('the node to be ready', async () => (await readiness()) === 200);

    expect(await readiness()).toBe(200);
  });

  it('counts what chat does', async () => {
    expect(await node.metric('hermes_chat_commits_total{fate="committed"}')).toBe(0);
    expect(await node.metric('hermes_chat_signals_total{fate="gaps"}')).toBe(0);
    expect(await node.metric('hermes_chat_size{what="waitingWrites"}')).toBe(0);
    expect(await node.metric('hermes_chat_commit_seconds_count')).toBe(0);
    expect(await node.metric('hermes_grpc_total{what="streams"}')).toBe(0);
  });
});

describe('a node without a place to keep chat', () => {
  it('has none of it, and is ready', async () => {
    const node = await Node.start();

    expect((await fetch(`${node.url}/health/ready`)).status).toBe(200);
    expect(await node.metric('hermes_chat_commit_seconds_count')).toBeUndefined();
    await node.stop();
  });
});
