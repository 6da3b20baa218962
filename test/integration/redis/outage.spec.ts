import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { describeWithOwnRedis, prepareRedis, waitFor } from '../../support/index.js';
import { LogRecorder } from '../../support/log-recorder.js';
import { PresenceCluster, TIMES } from './presence-node.js';

jest.setTimeout(60_000);

describeWithOwnRedis('presence while Redis is away', () => {
  let server: Awaited<ReturnType<typeof prepareRedis>>;
  let cluster: PresenceCluster;
  let log: LogRecorder;

  async function begin(...args: readonly string[]): Promise<void> {
    server = await prepareRedis(...args);
    await server.start();
    cluster = new PresenceCluster(server.url, 'test');
  }

  beforeEach(() => {
    log = LogRecorder.install();
  });

  afterEach(async () => {
    await cluster.close();
    await server.kill();
    Logger.overrideLogger(false);
  });

  const told = (userId: string, ...turns: readonly string[]): Promise<boolean> =>
    waitFor(`${userId} to be told: ${turns.join()}`, () => cluster.toldOf(userId).join() === turns.join());

  it('answers by what the node knows itself, tells of it once, and catches up afterwards with a Redis that has forgotten all', async () => {
    await begin();
    const [one, two] = [await cluster.node(), await cluster.node()];
    one.connect('u1');
    two.connect('u2');
    const leave = one.connect('u3');
    await Promise.all(['u1', 'u2', 'u3'].map((user) => told(user, 'came')));

    await server.kill();
    await waitFor('both to notice', () => !one.connection.isConnected && !two.connection.isConnected);
    expect(await one.isOnline('u1')).toBe(true);
    expect(await one.isOnline('u2')).toBe(false);
    one.connect('u4');
    leave();
    await waitFor('the grace to be over', () => one.service.stats['went'] === 1);
    expect(cluster.signals).toHaveLength(3);

    await server.start();
    await told('u3', 'came', 'went');
    await told('u4', 'came');
    await waitFor('everybody to be known again', async () => (await one.isOnline('u2')) && (await two.isOnline('u1')));
    await cluster.settled();
    // Who was there all the while is not told of again.
    expect(cluster.toldOf('u1')).toEqual(['came']);
    expect(cluster.toldOf('u2')).toEqual(['came']);
    expect(await two.isOnline('u3')).toBe(false);
    expect(log.of('redis.disconnected')).toHaveLength(2);
    expect(log.of('redis.connected')).toHaveLength(4);
    expect(log.of('presence.store.failed')).toEqual([]);
  });

  it('does not take nodes for dead that could not renew while Redis, which has forgotten nothing, was away', async () => {
    await begin('--appendonly', 'yes', '--appendfsync', 'always');
    const [one, two] = [await cluster.node(), await cluster.node()];
    one.connect('u1');
    const leave = two.connect('u2');
    two.connect('u3');
    await told('u1', 'came');
    await told('u2', 'came');
    await told('u3', 'came');
    await cluster.settled();
    const redis = new Redis(server.url);
    const [, ends] = await redis.zrange('test:nodes', '0', '0', 'WITHSCORES');
    redis.disconnect();

    await server.kill();
    await waitFor('both to notice', () => !one.connection.isConnected && !two.connection.isConnected);
    leave();
    // It may have been renewed once more before the end.
    const later = Number(ends) + TIMES.renewal + TIMES.lease;
    await waitFor('the leases to run out', () => Date.now() > later);
    await waitFor('the grace to be over', () => two.service.stats['went'] === 1);
    // One of them takes its time to come back.
    const sleep = jest.spyOn(two.service, 'tick').mockReturnValue();
    await server.start();
    const { renewals } = one;
    await waitFor('the other to renew its lease', () => one.renewals >= renewals + 4);
    sleep.mockRestore();

    await told('u2', 'came', 'went');
    await cluster.settled();
    expect(cluster.toldOf('u1')).toEqual(['came']);
    expect(cluster.toldOf('u3')).toEqual(['came']);
    expect(await two.isOnline('u1')).toBe(true);
    expect(await one.isOnline('u3')).toBe(true);
    const again = new Redis(server.url);
    expect(await again.zcard('test:nodes')).toBe(2);
    await again.quit();
  });

  it('begins without Redis, and shares what it knows when there is one', async () => {
    await begin();
    await server.kill();
    const waiting = cluster.node();
    await waitFor('the node to miss Redis', () => log.of('redis.disconnected').length === 1);
    await server.start();
    const one = await waiting;
    one.connect('u1');

    await told('u1', 'came');
    expect(log.of('redis.disconnected')).toHaveLength(1);
  });

  it('lives through a Redis that hangs', async () => {
    await begin();
    const [one, two] = [await cluster.node(), await cluster.node()];
    one.connect('u1');
    await told('u1', 'came');
    const redis = new Redis(server.url);
    await redis.client('PAUSE', 3_500, 'ALL');

    // The answer is this node's own: it comes although Redis says nothing.
    expect(await two.isOnline('u1')).toBe(false);
    expect(two.service.stats['answeredAlone']).toBeGreaterThan(0);
    await waitFor('Redis to be believed again', () => two.isOnline('u1'));
    await cluster.settled();
    expect(cluster.toldOf('u1').at(-1)).toBe('came');
    redis.disconnect();
  });
});
