import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../../support/hermes/client.js';
import { Node } from '../../support/hermes/node.js';
import { waitFor } from '../../support/wait-for.js';

/** Longer than a client for which nothing waits is given, and shorter than one that has something to read. */
const LATE = 7_000;
const PAYLOAD = 'x'.repeat(100_000);

describe('a client that is closed as too slow, and reads on later', () => {
  let node: Node;
  let client: Client;

  beforeAll(async () => {
    node = await Node.start({ HERMES_OUTBOX_LIMIT: '256KiB' });
    client = await node.client();
    await client.ask('subscribe', { channel: 'prices' });
  });

  afterAll(() => node.stop());

  it('gets whole events and then the close code', async () => {
    client.socket.pause();
    const closed = (): Promise<number | undefined> => node.metric('hermes_sessions_closed_total{code="4008"}');
    await waitFor('the client to be closed', async () => {
      await node.publish(...Array.from({ length: 20 }, () => ({ data: PAYLOAD })));
      return (await closed()) === 1;
    });
    await pause(LATE);
    client.socket.resume();

    expect(await client.closed).toBe(4008);
    expect(client.received.length).toBeGreaterThan(0);
    expect(client.received.every(({ data }) => (data as { tick: string }).tick === PAYLOAD)).toBe(true);
  });
});
