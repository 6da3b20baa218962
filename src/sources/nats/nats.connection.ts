import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import {
  connect,
  credsAuthenticator,
  type ConnectionOptions,
  type NatsConnection as Connection,
} from '@nats-io/transport-node';
import { readTlsFiles } from '../../config/index.js';
import { Backoff, settled } from '../index.js';
import { sentenceOf } from './fault.js';
import type { NatsConfig } from './nats.config.js';
import { serverAddressOf } from './server-address.js';
import { serverIdentityOf } from './server-identity.js';

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
    // A file that cannot be read is one more reason why there is no connection.
    this.#attempt = Promise.resolve()
      .then(() => connect(this.#options()))
      .then(
        (connection) => this.#connected(connection),
        (error: unknown) => this.#failed(error),
      )
      .finally(() => (this.#attempt = undefined));
  }

  #options(): ConnectionOptions {
    return {
      ...this.#server(),
      name: `${this.config.connectionName} ${this.purpose} ${hostname()}:${process.pid}`,
      reconnect: false,
      timeout: CONNECT_TIMEOUT,
      pingInterval: PING_INTERVAL,
      noAsyncTraces: true,
    };
  }

  /** Files are read for each attempt, so that those which are renewed need no restart. */
  #server(): ConnectionOptions {
    const { url, tls, credentials } = this.config;
    const address = serverAddressOf(url);
    const material = readTlsFiles(tls);
    const speaksTls = address.tls !== undefined || Object.keys(material).length > 0;
    return {
      ...address,
      ...(speaksTls ? { tls: { ...material, ...serverIdentityOf(url) } } : {}),
      ...(credentials === '' ? {} : { authenticator: credsAuthenticator(readFileSync(credentials)) }),
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
