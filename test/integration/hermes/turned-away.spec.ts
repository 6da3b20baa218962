import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { Node } from '../../support/hermes/node.js';
import { RawClient, upgradeRequest } from '../../support/hermes/raw-client.js';
import { LogRecorder } from '../../support/log-recorder.js';
import { waitFor } from '../../support/wait-for.js';

/** What a server answers before it ends the connection, for a client that never ends its own half. */
async function answerTo(port: number, request: string): Promise<string> {
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => undefined);
  let answer = '';
  client.on('data', (bytes: Buffer) => (answer += bytes.toString('utf8')));
  client.write(request);
  await once(client, 'end');
  client.destroy();
  return answer;
}

function connectionsOf(node: Node): Promise<number> {
  return new Promise((resolve, reject) => {
    node.app.getHttpServer().getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

describe('A client that is turned away', () => {
  let node: Node;
  let recorder: LogRecorder;
  const sockets: Socket[] = [];

  async function start(environment: Record<string, string> = {}): Promise<void> {
    node = await Node.start(environment);
    recorder = LogRecorder.install();
  }

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await node.stop();
    Logger.overrideLogger(false);
  });

  it.each([
    ['404', { path: '/nope' }],
    ['403', { headers: { Origin: 'https://evil.example' } }],
    ['400', { headers: { 'Sec-WebSocket-Key': 'x' } }],
    ['426', { headers: { 'Sec-WebSocket-Version': '8' } }],
    ['503', {}],
  ])('with %s holds no connection, though it never closes its own', async (status, request) => {
    await start(status === '503' ? { HERMES_MAX_SESSIONS: '1' } : {});
    if (status === '503') await node.client();
    const before = await connectionsOf(node);
    const ended = Array.from({ length: 50 }, async () => {
      const socket = connect({ port: node.port, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => undefined);
      sockets.push(socket);
      socket.write(upgradeRequest(request));
      const [head] = (await once(socket, 'data')) as [Buffer];
      return head.toString('latin1').slice(9, 12);
    });

    expect(new Set(await Promise.all(ended))).toEqual(new Set([status]));
    await waitFor('the connections to be gone', async () => (await connectionsOf(node)) <= before);
    expect(await node.metric(`hermes_upgrades_refused_total{status="${status}"}`)).toBe(50);
  });

  it('is told which origin may not come and which setting mends it, and so is the log', async () => {
    await start();

    const answer = await answerTo(node.port, upgradeRequest({ headers: { Origin: 'https://app.example' } }));

    expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(answer).toContain('Content-Type: text/plain');
    expect(answer).toContain('"https://app.example"');
    expect(answer).toContain('HERMES_ALLOWED_ORIGINS');
    expect(recorder.of('upgrade.refused')).toEqual([
      expect.stringMatching(
        /"status":403.*"origin":"https:\/\/app\.example","host":"127\.0\.0\.1","address":"127\.0\.0\.1"/,
      ),
    ]);
  });

  it('fills no log, however often it comes', async () => {
    await start();
    await Promise.all(Array.from({ length: 40 }, () => RawClient.statusOf(node.port, upgradeRequest({ path: '/x' }))));

    expect(recorder.of('upgrade.refused').length).toBeLessThan(40);
    expect(await node.metric('hermes_upgrades_refused_total{status="404"}')).toBe(40);
  });

  it.each(['8', '7', '99', '013'])(
    'with version %s of the protocol is told the one that is spoken',
    async (version) => {
      await start();
      const answer = await answerTo(node.port, upgradeRequest({ headers: { 'Sec-WebSocket-Version': version } }));

      expect(answer).toMatch(/^HTTP\/1\.1 426 /);
      expect(answer).toContain('Sec-WebSocket-Version: 13\r\n');
    },
  );

  it('because it asked for no upgrade is told to', async () => {
    await start();
    const answer = await fetch(`${node.url}/_ws/subscribe`);

    expect(answer.status).toBe(426);
    expect(answer.headers.get('upgrade')).toBe('websocket');
    expect(await answer.text()).toContain('WebSocket');
  });

  describe('because its address has too many connections', () => {
    it('is told so with 429, over HTTP too, until one of them has left', async () => {
      await start({ HERMES_MAX_CONNECTIONS_PER_ADDRESS: '3' });
      const clients = await Promise.all([node.client(), node.client(), node.client()]);

      const answer = await answerTo(node.port, upgradeRequest());
      expect(answer).toMatch(/^HTTP\/1\.1 429 /);
      expect(answer).toContain('HERMES_TRUSTED_PROXIES');
      expect((await fetch(`${node.url}/health/live`)).status).toBe(429);
      expect(recorder.of('address.crowded')).toEqual([
        expect.stringMatching(/"address":"127\.0\.0\.1","connections":3,.*HERMES_TRUSTED_PROXIES/),
        expect.anything(),
      ]);

      await clients[0].close();
      await waitFor('a connection to be gone', async () => (await connectionsOf(node)) < 3);
      await expect(node.client()).resolves.toBeDefined();
    });

    it('is one of those behind a trusted proxy, which itself may have any number', async () => {
      await start({ HERMES_MAX_CONNECTIONS_PER_ADDRESS: '2', HERMES_TRUSTED_PROXIES: 'loopback' });
      const from = (address: string): ReturnType<Node['client']> =>
        node.client({ headers: { 'X-Forwarded-For': address } });
      const first = await from('198.51.100.1');
      await from('198.51.100.1');

      await expect(from('198.51.100.1')).rejects.toThrow('429');
      await expect(from('198.51.100.2')).resolves.toBeDefined();
      await first.close();
      await waitFor('room at the address', () => from('198.51.100.1'));
    });

    it('is not there when there is no bound', async () => {
      await start({ HERMES_MAX_CONNECTIONS_PER_ADDRESS: '0' });

      await expect(Promise.all(Array.from({ length: 20 }, () => node.client()))).resolves.toHaveLength(20);
    });
  });
});
