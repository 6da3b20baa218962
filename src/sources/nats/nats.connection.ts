import { connect, type ConnectionOptions, type NatsConnection as Connection } from '@nats-io/transport-node';
import { hostname } from 'node:os';
import { Backoff, settled } from '../index.js';
import { sentenceOf } from './fault.js';
import type { NatsConfig } from './nats.config.js';
import { serverAddressOf } from './server-address.js';

export interface ConnectionListener {
  connected(connection: Connection): void;
  disconnected(reason: string): void;
  /** An attempt failed; the next one follows by itself. */
  connectFailed(reason: string): void;
}

const PING_INTERVAL = 10_000;
const CONNECT_TIMEOUT = 10_000;
const CLOSE_TIMEOUT = 3_000;
/** A connection that dies sooner than this counts as one more failure: the next waits grow instead of starting anew. */
const STABLE_AFTER = 10_000;

/**
 * One connection to the server that is kept up until it is closed.
 *
 * The client's own reconnecting is off: it would buffer what is published meanwhile without a bound, and bring
 * subscriptions back without a word. Here each connection has one life, and whoever uses it begins anew with the next.
 */
export class NatsConnection {
  readonly #backoff: Backoff;
  #isOpen = false;
  #attempt: Promise<void> | undefined;
  #pause: NodeJS.Timeout | undefined;
  #current: Connection | undefined;
  #reason = 'not tried yet';
  #connectedAt = 0;

  constructor(
    private readonly config: NatsConfig,
    private readonly purpose: 'consumer' | 'publisher',
    private readonly listener: ConnectionListener,
  ) {
    this.#backoff = new Backoff(config.reconnect, Math.random);
  }

  get current(): Connection | undefined {
    return this.#current;
  }

  /** Why there is no connection. */
  get reason(): string {
    return this.#reason;
  }

  /** Begins to connect and returns at once. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#try();
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    clearTimeout(this.#pause);
    const { current } = this;
    this.#lose('closed');
    if (current) await settled(CLOSE_TIMEOUT, current.close());
    // An attempt in progress closes what it brings about by itself.
    if (this.#attempt) await settled(CLOSE_TIMEOUT, this.#attempt);
  }

  /** Gives up a connection whose server no longer answers; what is written but not sent goes with it. */
  drop(connection: Connection, reason: string): void {
    if (connection !== this.#current) return;
    this.#ended(connection, new Error(reason));
    void settled(CLOSE_TIMEOUT, connection.close());
  }

  #try(): void {
    this.#attempt = connect(this.#options())
      .then(
        (connection) => this.#connected(connection),
        (error: unknown) => this.#failed(error),
      )
      .finally(() => (this.#attempt = undefined));
  }

  #options(): ConnectionOptions {
    return {
      ...serverAddressOf(this.config.url),
      name: `${this.config.connectionName} ${this.purpose} ${hostname()}:${process.pid}`,
      reconnect: false,
      timeout: CONNECT_TIMEOUT,
      pingInterval: PING_INTERVAL,
      noAsyncTraces: true,
    };
  }

  async #connected(connection: Connection): Promise<void> {
    if (!this.#isOpen) return connection.close();
    this.#current = connection;
    this.#connectedAt = performance.now();
    void connection.closed().then((error) => this.#ended(connection, error));
    this.listener.connected(connection);
  }

  #ended(connection: Connection, error: unknown): void {
    if (connection !== this.#current) return;
    if (performance.now() - this.#connectedAt > STABLE_AFTER) this.#backoff.reset();
    this.#lose(error === undefined ? 'the server closed the connection' : sentenceOf(error));
    this.listener.disconnected(this.#reason);
    this.#tryLater();
  }

  #failed(error: unknown): void {
    if (!this.#isOpen) return;
    this.#lose(sentenceOf(error));
    this.listener.connectFailed(this.#reason);
    this.#tryLater();
  }

  #tryLater(): void {
    this.#pause = setTimeout(() => this.#try(), this.#backoff.next());
  }

  #lose(reason: string): void {
    this.#current = undefined;
    this.#reason = reason;
  }
}
