import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { describeWithRedis, waitFor } from '../../support/index.js';
import { PresenceCluster, TIMES, type PresenceNode } from './presence-node.js';

Logger.overrideLogger(false);

jest.setTimeout(60_000);

describeWithRedis('presence over several nodes', (url) => {
  let cluster: PresenceCluster;
  let redis: Redis;

  beforeEach(() => {
    cluster = new PresenceCluster(url(), `test:${randomUUID()}`);
    redis = new Redis(url());
  });

  afterEach(async () => {
    await cluster.close();
    await redis.quit();
  });

  const online = (node: PresenceNode, userId: string): Promise<boolean> =>
    waitFor(`${userId} to be online`, () => node.isOnline(userId));
  const offline = (node: PresenceNode, userId: string): Promise<boolean> =>
    waitFor(`${userId} to be offline`, async () => !(await node.isOnline(userId)));
  const told = (userId: string, ...turns: readonly string[]): Promise<boolean> =>
    waitFor(`${userId} to be told: ${turns.join()}`, () => cluster.toldOf(userId).join() === turns.join());

  it('lets every node know who is on any of them, and when he was seen last', async () => {
    const [one, two] = [await cluster.node(), await cluster.node()];
    const leave = one.connect('u1');
    await online(two, 'u1');
    await told('u1', 'came');

    const before = Date.now();
    leave();
    await told('u1', 'came', 'went');
    const after = Date.now();
    for (const node of [one, two]) {
      const [presence] = await node.service.of(['u1']);
      expect(presence?.online).toBe(false);
      expect(presence?.lastSeen).toBeGreaterThanOrEqual(before - 50);
      expect(presence?.lastSeen).toBeLessThanOrEqual(after - TIMES.grace + 100);
    }
  });

  it('answers in order for as many as are asked for', async () => {
    const [one, two] = [await cluster.node(), await cluster.node()];
    one.connect('u7');
    two.connect('u700');
    await online(two, 'u7');
    await online(one, 'u700');

    const asked = Array.from({ length: 1_000 }, (_, user) => `u${user}`);
    const answer = await two.service.of(asked);
    expect(answer.map(({ userId }) => userId)).toEqual(asked);
    expect(answer.filter((presence) => presence.online).map(({ userId }) => userId)).toEqual(['u7', 'u700']);
    expect(answer[0]).toEqual({ userId: 'u0', online: false, lastSeen: 0 });
  });

  it('takes user ids as they are', async () => {
    const [one, two] = [await cluster.node(), await cluster.node()];
    const odd = ['*', 'a:b', '42', 'ü 😀\r\n', '{x}'];
    for (const user of odd) one.connect(user);
    for (const user of odd) await online(two, user);

    expect(odd.map((user) => cluster.toldOf(user))).toEqual(odd.map(() => ['came']));
  });

  it('tells of a user on two nodes when he comes to the first and goes from the last', async () => {
    const [one, two] = [await cluster.node(), await cluster.node()];
    const leaveOne = one.connect('u1');
    await told('u1', 'came');
    const leaveTwo = two.connect('u1');
    await waitFor('both to have told Redis', async () => (await redis.keys(`${cluster.prefix}:users:*`)).length === 2);

    leaveOne();
    await waitFor('one to have let him go', () => one.service.stats['went'] === 1);
    await waitFor('Redis to know', async () => (await redis.keys(`${cluster.prefix}:users:*`)).length === 1);
    expect(await one.isOnline('u1')).toBe(true);
    expect(cluster.toldOf('u1')).toEqual(['came']);

    leaveTwo();
    await told('u1', 'came', 'went');
    expect(await one.isOnline('u1')).toBe(false);
  });

  it('says nothing of a client that reconnects to another node', async () => {
    const [one, two] = [await cluster.node(), await cluster.node()];
    const leave = one.connect('u1');
    await told('u1', 'came');
    leave();
    two.connect('u1');
    await cluster.settled();

    expect(cluster.toldOf('u1')).toEqual(['came']);
    expect(await one.isOnline('u1')).toBe(true);
  });

  it('forgets a node that has died, and exactly one of the others tells of each of its users', async () => {
    const [dying, ...others] = [await cluster.node(), await cluster.node(), await cluster.node(), await cluster.node()];
    const users = Array.from({ length: 2_000 }, (_, user) => `u${user}`);
    for (const user of users) dying.connect(user);
    dying.connect('elsewhere too');
    others[0]?.connect('elsewhere too');
    await waitFor('all to be told', () => cluster.signals.length === 2_001);
    await cluster.settled();
    const before = Date.now();
    await dying.die();

    await waitFor('all to be told of', () => cluster.signals.length >= 4_001, { timeout: 15_000 });
    await cluster.settled();
    expect(users.filter((user) => cluster.toldOf(user).join() !== 'came,went')).toEqual([]);
    expect(cluster.toldOf('elsewhere too')).toEqual(['came']);
    expect(others.reduce((sum, { service }) => sum + (service.stats['reaped'] ?? 0), 0)).toBe(2_000);
    const [presence, there] = (await others[1]?.service.of(['u0', 'elsewhere too'])) ?? [];
    expect(there?.online).toBe(true);
    expect(presence?.lastSeen).toBeGreaterThan(before);
    expect(presence?.lastSeen).toBeLessThanOrEqual(Date.now());
    expect(await redis.zcard(`${cluster.prefix}:nodes`)).toBe(3);
  });

  it('knows that users of a dead node are away before anybody has told so, and tells nothing of one who is back by then', async () => {
    const [dying, other] = [await cluster.node(), await cluster.node()];
    dying.connect('u1');
    await told('u1', 'came');
    const reaping = jest.spyOn(other.store, 'reap').mockResolvedValue(undefined);
    await dying.die();
    await offline(other, 'u1');
    const [presence] = await other.service.of(['u1']);
    expect(presence?.lastSeen).toBeGreaterThan(0);

    other.connect('u1');
    reaping.mockRestore();
    await cluster.settled();
    expect(cluster.toldOf('u1')).toEqual(['came']);
    expect(await other.isOnline('u1')).toBe(true);
  });

  it('takes back a node that was only paused, with all its users', async () => {
    const [sleepy, other] = [await cluster.node(), await cluster.node()];
    sleepy.connect('u1');
    const leave = sleepy.connect('u2');
    await told('u2', 'came');
    await cluster.settled();
    const sleep = jest.spyOn(sleepy.service, 'tick').mockReturnValue();
    await told('u1', 'came', 'went');
    leave();
    sleep.mockRestore();

    await told('u1', 'came', 'went', 'came');
    await online(other, 'u1');
    await cluster.settled();
    expect(cluster.toldOf('u1')).toEqual(['came', 'went', 'came']);
    expect(await other.isOnline('u2')).toBe(false);
    expect(await redis.zcard(`${cluster.prefix}:nodes`)).toBe(2);
  });

  it('does not let users flap whose node ends and who come to another', async () => {
    const [ending, other] = [await cluster.node(), await cluster.node()];
    ending.connect('u1');
    ending.connect('u2');
    await told('u2', 'came');
    await cluster.settled();
    await ending.end();
    other.connect('u1');

    await told('u2', 'came', 'went');
    await cluster.settled();
    expect(cluster.toldOf('u1')).toEqual(['came']);
  });

  it('goes by the clock of Redis: those of the nodes may be hours apart', async () => {
    const shifted = (by: number) => ({ now: () => performance.now() + by });
    const [early, late] = [await cluster.node(shifted(-7_200_000)), await cluster.node(shifted(7_200_000))];
    const leave = early.connect('u1');
    late.connect('u2');
    await online(late, 'u1');
    await online(early, 'u2');
    await cluster.settled();
    leave();
    await told('u1', 'came', 'went');
    await cluster.settled();

    expect(cluster.toldOf('u2')).toEqual(['came']);
    const [presence] = await late.service.of(['u1']);
    expect(Math.abs((presence?.lastSeen ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('registers 10,000 users who arrive at once with a few commands', async () => {
    const [one, two] = [await cluster.node(), await cluster.node()];
    const commands = async (): Promise<number> =>
      Number(/cmdstat_eval:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
    const before = await commands();
    const users = Array.from({ length: 10_000 }, (_, user) => `user-${user}`);
    for (const user of users) one.connect(user);
    await waitFor('all to be told', () => cluster.signals.length === 10_000);

    expect((await commands()) - before).toBeLessThan(400);
    const answer = await two.service.of(users);
    expect(answer.filter((presence) => presence.online)).toHaveLength(10_000);
  });

  it('finds out when Redis has dropped the users of a node, and tells nobody', async () => {
    const [one, two] = [await cluster.node(), await cluster.node()];
    one.connect('u1');
    await told('u1', 'came');
    await redis.del(...(await redis.keys(`${cluster.prefix}:users:*`)));

    await online(two, 'u1');
    await cluster.settled();
    expect(cluster.toldOf('u1')).toEqual(['came']);
  });

  it('leaves nothing in Redis that does not expire', async () => {
    const one = await cluster.node();
    one.connect('u1');
    const leave = one.connect('u2');
    await told('u2', 'came');
    leave();
    await told('u2', 'came', 'went');

    const keys = await redis.keys(`${cluster.prefix}:*`);
    expect(keys).toHaveLength(3);
    const month = 30 * 24 * 3_600_000;
    for (const key of keys) {
      expect(await redis.pttl(key)).toBeGreaterThan(month - 60_000);
      expect(await redis.pttl(key)).toBeLessThanOrEqual(month);
    }
  });
});
