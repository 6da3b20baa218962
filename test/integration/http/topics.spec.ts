import { describeWithRabbit } from '../../support/index.js';
import { API_KEY, Node } from '../../support/hermes/node.js';
import { waitFor } from '../../support/wait-for.js';

interface List {
  readonly scope: string;
  readonly nodes: number;
  readonly topics: readonly object[];
}

describeWithRabbit('GET /api/topics on two nodes with one broker', (rabbit) => {
  let nodes: Node[];

  beforeEach(async () => {
    const environment = { HERMES_RABBITMQ_URI: rabbit().uri };
    nodes = [await Node.start(environment), await Node.start(environment)];
  });

  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  });

  it('counts the subscribers of both', async () => {
    for (const node of nodes) await (await node.client()).subscribe('topics:both');
    await (await nodes[1]!.client()).subscribe('topics:one');

    const counted = await waitFor('both nodes to be counted', async () => {
      const headers = { Authorization: `Bearer ${API_KEY}` };
      const response = await fetch(`${nodes[0]!.url}/api/topics?prefix=topics:`, { headers });
      const list = (await response.json()) as List;
      return list.nodes === 2 && list;
    });
    expect(counted.scope).toBe('cluster');
    expect(counted.topics).toEqual([
      { topic: 'topics:both', channel: 'topics:both', subscribers: 2 },
      { topic: 'topics:one', channel: 'topics:one', subscribers: 1 },
    ]);
  });
});
