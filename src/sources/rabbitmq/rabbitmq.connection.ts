import { AmqpConnection } from '@golevelup/nestjs-rabbitmq';
import type { ChannelModel } from 'amqplib';
import { hostname } from 'node:os';
import { Backoff, settled } from '../index.js';
import { sentenceOf } from './fault.js';
import { surviveUnreadableHeaders } from './frame-reader.js';
import type { RabbitMqConfig } from './rabbitmq.config.js';
import { serverAddressOf, socketOptions, type SocketOptions } from './server-address.js';

export interface ConnectionListener {
  connected(connection: ChannelModel): void;
  disconnected(reason: string): void;
  /** An attempt failed; the next one follows by itself. */
  connectFailed(reason: string): void;
}

const HEARTBEAT_SECONDS = 10;
const CLOSE_TIMEOUT = 3_000;
/** A connection that dies sooner than this counts as one more failure: the next waits grow instead of starting anew. */
const STABLE_AFTER = 10_000;

/** Whoever uses the connection says what happened to it, in its own words; the library would log stacks. */
const SILENT = { log() {}, error() {}, warn() {}, debug() {}, verbose() {} };

/**
 * One connection to the broker that is kept up until it is closed.
 *
 * The library's `AmqpConnection` is used without its module: the module keeps the connections of all applications of the
 * process in one static list, and the first application to stop closes them all.
 */
export class RabbitMqConnection {
  readonly #backoff: Backoff;
  #amqp: AmqpConnection | undefined;
  #current: ChannelModel | undefined;
  #reason = 'not tried yet';
  #blocked: string | undefined;
  #connectedAt = 0;

  constructor(
    private readonly config: RabbitMqConfig,
    private readonly purpose: 'consumer' | 'publisher',
    private readonly listener: ConnectionListener,
  ) {
    this.#backoff = new Backoff(config.reconnect, Math.random);
  }

  get current(): ChannelModel | undefined {
    return this.#current;
  }

  /** Why there is no connection. */
  get reason(): string {
    return this.#reason;
  }

  /** Why the broker takes no publications at present. */
  get blocked(): string | undefined {
    return this.#blocked;
  }

  /** Begins to connect and returns at once. */
  open(): void {
    const amqp = (this.#amqp = new AmqpConnection(this.#options()));
    // Without `wait` this creates the connection manager at once and fails only together with it.
    amqp.init().catch((error: unknown) => this.#failed(error));
    const manager = amqp.managedConnection;
    manager.on('connect', () => this.#connected(manager.connection));
    manager.on('disconnect', ({ err }) => this.#disconnected(err));
    manager.on('connectFailed', ({ err }) => this.#failed(err));
    manager.on('blocked', ({ reason }) => (this.#blocked = reason));
    manager.on('unblocked', () => (this.#blocked = undefined));
    // The library opens a channel that Hermes does not use; an error on it must not end the process.
    void amqp.managedChannel.addSetup((channel: NodeJS.EventEmitter) => void channel.on('error', () => undefined));
  }

  async close(): Promise<void> {
    const amqp = this.#amqp;
    if (amqp === undefined) return;
    this.#amqp = undefined;
    this.#lose('closed');
    // An attempt in progress is waited for, and must not be followed by a long pause.
    amqp.managedConnection.reconnectTimeInSeconds = 0;
    await settled(CLOSE_TIMEOUT, amqp.close());
    // The first of these gives up half-way when a channel is already closed.
    await settled(CLOSE_TIMEOUT, amqp.managedConnection.close());
  }

  #options(): ConstructorParameters<typeof AmqpConnection>[0] {
    return {
      name: this.purpose,
      uri: this.config.uris.map((uri) => serverAddressOf(uri).server),
      registerHandlers: false,
      enableDirectReplyTo: false,
      enableControllerDiscovery: false,
      deserializer: (bytes) => bytes,
      logger: SILENT,
      connectionInitOptions: { wait: false, skipConnectionFailedLogging: true, skipDisconnectFailedLogging: true },
      connectionManagerOptions: {
        heartbeatIntervalInSeconds: HEARTBEAT_SECONDS,
        reconnectTimeInSeconds: this.#backoff.next() / 1_000,
        connectionOptions: this.#connectionOptions(),
      },
    };
  }

  #connectionOptions(): SocketOptions {
    return { ...socketOptions(this.config), clientProperties: { connection_name: this.#name() } };
  }

  #name(): string {
    return `${this.config.connectionName} ${this.purpose} ${hostname()}:${process.pid}`;
  }

  #connected(connection: ChannelModel | undefined): void {
    if (this.#amqp === undefined || connection === undefined) return;
    surviveUnreadableHeaders(connection);
    this.#current = connection;
    this.#connectedAt = performance.now();
    this.listener.connected(connection);
  }

  #disconnected(error: unknown): void {
    if (this.#amqp === undefined) return;
    if (performance.now() - this.#connectedAt > STABLE_AFTER) this.#backoff.reset();
    this.#pauseBeforeNext();
    this.#lose(sentenceOf(error));
    this.listener.disconnected(this.#reason);
  }

  #failed(error: unknown): void {
    if (this.#amqp === undefined) return;
    this.#pauseBeforeNext();
    this.#lose(sentenceOf(error));
    this.listener.connectFailed(this.#reason);
  }

  #lose(reason: string): void {
    this.#current = undefined;
    this.#blocked = undefined;
    this.#reason = reason;
  }

  /** The manager reads both right after it has told its listeners. Certificates may have been renewed meanwhile. */
  #pauseBeforeNext(): void {
    const manager = this.#amqp?.managedConnection;
    if (manager === undefined) return;
    manager.reconnectTimeInSeconds = this.#backoff.next() / 1_000;
    try {
      manager.connectionOptions = this.#connectionOptions();
    } catch {
      // They are just being renewed: the next attempt is made with those from before.
    }
  }
}
