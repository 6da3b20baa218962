import { Node } from '../../support/hermes/node.js';
import { frame, RawClient } from '../../support/hermes/raw-client.js';
import { waitFor } from '../../support/wait-for.js';

/** What each event of a channel's history says. */
const KEPT = 200;

describe('What one person may ask for', () => {
  let node: Node;

  afterEach(() => node.stop());

  it('is no more with a further connection: it waits, and is not refused', async () => {
    node = await Node.start({ HERMES_COMMAND_RATE: '1', HERMES_COMMAND_BURST: '10' });
    const clients = await Promise.all(Array.from({ length: 22 }, () => node.client()));
    await Promise.all(
      clients.map(async (client) => {
        for (let n = 0; n < 10; n++) client.send('handshake', undefined, n);
        await client.take(10);
      }),
    );

    expect(await node.metric('hermes_commands_delayed_total')).toBeGreaterThan(0);
    expect(clients.every(({ socket }) => socket.readyState === socket.OPEN)).toBe(true);
  });

  it('is a replay a second: the next one brings nothing new', async () => {
    node = await Node.start();
    await node.publish(...Array.from({ length: KEPT }, (_, n) => ({ event: `e${n}`, cacheTtl: -1 })));
    const client = await node.client();
    await client.subscribe('prices');
    await client.take(KEPT);

    await client.ask('cache', undefined, 1);
    await client.ask('cache', undefined, 2);

    expect(await client.soFar()).toHaveLength(KEPT);
  });
});

describe('A message of many pieces', () => {
  let node: Node;

  afterEach(() => node.stop());

  it.each(['/_ws/subscribe', '/_ws/topics'])('ends the connection after 64 of them, at %s', async (path) => {
    node = await Node.start();
    const client = await RawClient.open(node.port, path);
    client.send('{', { fin: false });
    for (let n = 0; n < 64; n++) client.send(' ', { opcode: 0, fin: false });

    expect(await client.closed).toBe(1008);
  });

  it('may have control frames between them, which count as commands', async () => {
    node = await Node.start({ HERMES_COMMAND_RATE: '10', HERMES_COMMAND_BURST: '20' });
    const client = await RawClient.open(node.port);
    client.send('{', { fin: false });
    await client.stream(Array.from({ length: 200 }, () => frame(Buffer.alloc(125), { opcode: 0xa })));

    expect(await client.closed).toBe(4029);
  });

  it('is answered its pings in the order of everything else', async () => {
    node = await Node.start();
    const client = await node.client();
    const ponged = new Promise((resolve) => client.socket.once('pong', resolve));
    client.socket.ping('are you there');

    expect(String(await ponged)).toBe('are you there');
  });

  it('is given up when it does not end', async () => {
    node = await Node.start();
    const whole = await node.client();
    const half = await RawClient.open(node.port);
    const pieces = await RawClient.open(node.port);
    half.send('{"channel"', { length: 60_000n });
    pieces.send('{', { fin: false });
    const { SessionService } = await import('../../../src/sessions/index.js');
    const sessions = node.app.get(SessionService);
    await waitFor('both to have begun', () => [...sessions.sessions].filter((one) => one.unfinished).length === 2);

    sessions.endUnfinished();
    sessions.endUnfinished(performance.now() + 30_000);

    expect([await half.closed, await pieces.closed]).toEqual([4008, 4008]);
    await expect(whole.ask('handshake')).resolves.toBeDefined();
  });
});
