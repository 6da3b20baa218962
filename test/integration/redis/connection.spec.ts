import { Logger } from '@nestjs/common';
import { RedisConnection, RedisUnavailable } from '../../../src/stores/index.js';
import { describeWithOwnRedis, freePort, prepareRedis, waitFor } from '../../support/index.js';
import { LogRecorder } from '../../support/log-recorder.js';

describeWithOwnRedis('the connection to Redis', () => {
  const connections: RedisConnection[] = [];
  let server: Awaited<ReturnType<typeof prepareRedis>>;
  let log: LogRecorder;

  beforeAll(async () => {
    server = await prepareRedis('--requirepass', 'open-sesame');
    await server.start();
  }, 60_000);

  afterAll(() => server.kill());

  beforeEach(async () => {
    log = LogRecorder.install();
    await server.start();
  });

  afterEach(async () => {
    await Promise.all(connections.splice(0).map((connection) => connection.close()));
    Logger.overrideLogger(false);
  });

  const url = (password = 'open-sesame'): string => server.url.replace('//', `//:${password}@`);

  function opened(address: string): RedisConnection {
    const connection = new RedisConnection({ url: address });
    connections.push(connection);
    connection.open();
    return connection;
  }

  const ready = (connection: RedisConnection): Promise<boolean> =>
    waitFor('the connection', () => connection.isConnected, { timeout: 15_000 });

  it('is not waited for: it fails at once until it is there', async () => {
    const connection = opened(url());
    expect(connection.trouble).toBe('not connected to Redis: not tried yet');
    await expect(connection.run((redis) => redis.ping())).rejects.toThrow(RedisUnavailable);

    await ready(connection);
    expect(connection.trouble).toBeUndefined();
    expect(await connection.run((redis) => redis.ping())).toBe('PONG');
    expect(connection.stats).toEqual({ connects: 1, disconnects: 0, failures: 0 });
  });

  it('comes back by itself, tells so, and says once for each outage that it was away', async () => {
    const connection = opened(url());
    let times = 0;
    connection.whenConnected(() => times++);
    await ready(connection);

    await server.kill();
    await waitFor('the end', () => !connection.isConnected);
    await waitFor('some attempts', () => /ECONNREFUSED/.test(connection.trouble ?? ''));
    await expect(connection.run((redis) => redis.ping())).rejects.toThrow('not connected to Redis');
    await server.start();
    await ready(connection);

    expect(times).toBe(2);
    expect(connection.stats).toMatchObject({ connects: 2, disconnects: 1 });
    expect(log.of('redis.disconnected')).toHaveLength(1);
    expect(log.of('redis.connected')).toHaveLength(2);
  });

  it('fails what was asked and not answered when the server ends', async () => {
    const connection = opened(url());
    await ready(connection);
    const answer = connection.run((redis) => redis.blpop('nothing', 0)).catch((error: unknown) => error);
    await server.kill();

    expect(await answer).toBeInstanceOf(RedisUnavailable);
  });

  it('fails what is not answered in time', async () => {
    const connection = opened(url());
    await ready(connection);

    await expect(connection.run((redis) => redis.blpop('nothing', 0))).rejects.toThrow('timed out');
  });

  it('lets only so many wait for their answers', async () => {
    const connection = opened(url());
    await ready(connection);
    const waiting = Array.from({ length: 1_000 }, () => connection.run((redis) => redis.blpop('nothing', 0)));
    const outcomes = Promise.allSettled(waiting);

    await expect(connection.run((redis) => redis.ping())).rejects.toThrow('too many answers');
    await connection.close();
    expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true);
  });

  it('passes on what Redis refuses, without the arguments', async () => {
    const connection = opened(url());
    await ready(connection);
    const fault = await connection
      .run((redis) => redis.eval('return redis.call("INCR", ARGV[1], "x")', 0, 'geheim'))
      .catch((error: unknown) => error);

    expect(fault).toBeInstanceOf(RedisUnavailable);
    expect(JSON.stringify([String(fault), fault, (fault as Error).cause])).not.toContain('geheim');
    expect(connection.stats.failures).toBe(1);
  });

  it.each(['wrong-guess', ''])('never says the password: %s', async (password) => {
    const connection = opened(url(password));
    await waitFor('an answer', () => /WRONGPASS|NOAUTH/.test(connection.trouble ?? ''));

    expect(log.of('redis.disconnected')).toHaveLength(1);
    const said = [...log.lines, connection.trouble].join();
    expect(said).not.toContain('wrong-guess');
    expect(said).not.toContain('open-sesame');
  });

  it('does not speak without TLS to a server at a rediss address', async () => {
    const connection = opened(url().replace('redis:', 'rediss:'));

    await waitFor('a fault', () => !/not tried/.test(connection.trouble ?? ''));
    expect(connection.isConnected).toBe(false);
  });

  it('ends whatever it is doing, and begins nothing after that', async () => {
    const nobody = opened(`redis://127.0.0.1:${await freePort()}`);
    const early = opened(url());
    const late = opened(url());
    await ready(late);
    await waitFor('a failure', () => /ECONNREFUSED/.test(nobody.trouble ?? ''));
    await Promise.all([early.close(), late.close(), nobody.close()]);
    await late.close();

    expect(late.trouble).toBe('not connected to Redis: closed');
    await expect(late.run((redis) => redis.ping())).rejects.toThrow('closed');
    expect([early, late, nobody].map(({ isConnected }) => isConnected)).toEqual([false, false, false]);
  });
});
