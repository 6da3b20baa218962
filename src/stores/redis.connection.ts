import { hostname } from 'node:os';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { RedisConfig } from './redis.config.js';

/** Milliseconds. Below any lease that is renewed over the connection, so that an outage costs no more than it lasts. */
const LONGEST_WAIT = 1_000;
const FIRST_WAIT = 50;
const COMMAND_TIMEOUT = 2_000;
const CONNECT_TIMEOUT = 5_000;
/** A server that says nothing for so long while it owes an answer is given up, and connected to anew. */
const SILENCE = 5_000;
const MOST_RUNNING = 1_000;

const OPTIONS = {
  lazyConnect: true,
  connectionName: `hermes@${hostname()}:${process.pid}`,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: CONNECT_TIMEOUT,
  commandTimeout: COMMAND_TIMEOUT,
  socketTimeout: SILENCE,
  // A server that has become a replica, or has just begun, may not be the one that the name leads to now.
  reconnectOnError: ({ message }: Error) => /\b(?:READONLY|LOADING)\b/.test(message),
  retryStrategy: (attempt: number) => waitBefore(attempt, Math.random()),
};

/** What was asked of Redis was not done, or nobody knows whether it was. The message is for the operator. */
export class RedisUnavailable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RedisUnavailable';
  }
}

/**
 * One connection to Redis that is kept up until it is closed. While there is none, what is asked of it fails at once:
 * nothing waits for the server to come back, and nothing is sent twice.
 */
@Injectable()
export class RedisConnection implements OnApplicationBootstrap, OnApplicationShutdown {
  /** What happened to the connection and to what was asked of it, by fixed words used as metric labels. */
  readonly stats = { connects: 0, disconnects: 0, failures: 0 };
  readonly #logger = new Logger(RedisConnection.name);
  readonly #watchers: (() => void)[] = [];
  #redis: Redis | undefined;
  #running = 0;
  #reason = 'not tried yet';
  /** Whether there is an outage that has been told of. */
  #isAway = false;

  constructor(private readonly config: RedisConfig) {}

  onApplicationBootstrap(): void {
    this.open();
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  /** Why nothing can be asked just now; undefined when all is well. */
  get trouble(): string | undefined {
    return this.isConnected ? undefined : `not connected to Redis: ${this.#reason}`;
  }

  get isConnected(): boolean {
    return this.#redis?.status === 'ready';
  }

  /** Tells of every connection that has come about, the first one included. */
  whenConnected(watcher: () => void): void {
    this.#watchers.push(watcher);
  }

  /** Begins to connect and returns at once. */
  open(): void {
    if (this.#redis !== undefined) return;
    const redis = (this.#redis = new Redis(this.config.url, OPTIONS));
    redis
      .on('ready', () => this.#connected())
      // Somebody has to listen, or an error would end the process.
      .on('error', (error: unknown) => (this.#reason = sentenceOf(error)))
      .on('close', () => this.#closed(redis));
    void redis.connect().catch(() => undefined);
  }

  /** Ends the connection, and all attempts to have one; what was asked and not answered fails. */
  async close(): Promise<void> {
    const redis = this.#redis;
    this.#redis = undefined;
    this.#reason = 'closed';
    if (redis === undefined) return;
    // Between two attempts there is nothing to end, and the library says nothing when it gives up the next.
    const isIdle = redis.status === 'reconnecting' || redis.status === 'end';
    const ended = isIdle ? undefined : new Promise((resolve) => redis.once('end', resolve));
    redis.disconnect();
    await ended;
  }

  /** @throws {RedisUnavailable} at once while there is no connection, or when the answer is an error or overdue */
  async run<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = this.#redis;
    if (redis?.status !== 'ready') throw new RedisUnavailable(this.trouble ?? 'not connected to Redis');
    if (this.#running >= MOST_RUNNING) throw new RedisUnavailable('Redis owes too many answers already');
    this.#running++;
    try {
      return await work(redis);
    } catch (error) {
      this.stats.failures++;
      // Not as its cause: errors of the library carry the arguments of the command, the password's included.
      throw new RedisUnavailable(sentenceOf(error));
    } finally {
      this.#running--;
    }
  }

  #connected(): void {
    this.stats.connects++;
    this.#isAway = false;
    this.#reason = 'the server closed the connection';
    this.#logger.log('redis.connected');
    for (const watcher of this.#watchers) watcher();
  }

  /** After every connection that ended, and every one that did not come about. */
  #closed(redis: Redis): void {
    if (redis !== this.#redis || this.#isAway) return;
    this.#isAway = true;
    this.stats.disconnects++;
    this.#logger.warn('redis.disconnected', { reason: this.#reason });
  }
}

/** Doubles up to a bound; half of it is chance, so that many nodes do not come back in one wave. */
function waitBefore(attempt: number, chance: number): number {
  const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(attempt, 10));
  return wait / 2 + (wait / 2) * chance;
}

/** What an error says, in one line and without credentials. */
function sentenceOf(error: unknown): string {
  const text = error instanceof AggregateError ? error.errors.map(String).join(', ') : messageOf(error);
  return text.replaceAll(/\s+/g, ' ').replaceAll(/\/\/[^/\s]*@/g, '//') || 'no reason given';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
