import { isIPv6 } from 'node:net';
import { Server, setLogger } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { Injectable, Logger } from '@nestjs/common';
import { ServerGrpc } from '@nestjs/microservices';
import { CHAT_PACKAGE } from '@hermes/protocol';
import { ConfigurationError } from '../../config/index.js';
import { SessionsConfig } from '../../sessions/index.js';
import { CHAT_DEFINITION } from './chat-proto.js';
import { GrpcConfig } from './grpc.config.js';
import { GrpcHealth } from './grpc-health.js';
import { ServerCertificate } from './server-certificate.js';

/** How often health and the files of the certificate are looked at, in milliseconds. */
const LOOK = 1_000;

/** Milliseconds that open calls have to end when the server closes; the sessions have been drained before. */
const GRACE = 1_000;

/**
 * Nest's gRPC server with a port that opens last, reflection, health, TLS, and an end in good order.
 *
 * **Called** by Nest: `listen` when the microservices start, `close` when the sessions are gone. Before that the shutdown
 * sequence of Hermes calls `sayStopping`, then `stopAccepting`.
 */
@Injectable()
export class GrpcServer extends ServerGrpc {
  protected override readonly logger = new Logger(GrpcServer.name);
  #host = '127.0.0.1';
  #port: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: GrpcConfig,
    private readonly certificate: ServerCertificate,
    private readonly health: GrpcHealth,
    private readonly sessions: SessionsConfig,
  ) {
    super({ package: CHAT_PACKAGE, packageDefinition: CHAT_DEFINITION });
  }

  /** Where it listens: `grpc://127.0.0.1:50051`, `grpcs://` with TLS; undefined while it does not. */
  get address(): string | undefined {
    if (this.#port === undefined) return undefined;
    return `${this.certificate.isSet ? 'grpcs' : 'grpc'}://${this.#authority(this.#port)}`;
  }

  get port(): number | undefined {
    return this.#port;
  }

  /** To be said before Nest starts it. */
  listenOn(host: string): this {
    this.#host = host;
    return this;
  }

  override async createClient(): Promise<Server> {
    // The library would write to the standard error output.
    setLogger({ error: (message: string) => this.logger.error('chat.grpc.library', { message }) });
    return new Server({
      'grpc.max_receive_message_length': this.config.maxMessage,
      'grpc.max_concurrent_streams': this.config.maxStreams,
      'grpc.keepalive_time_ms': this.sessions.pingInterval,
      'grpc.keepalive_timeout_ms': this.sessions.pongTimeout,
    });
  }

  /** Everything is there before the first client is. */
  override async start(callback?: () => void): Promise<void> {
    await this.bindEvents();
    this.health.addTo(this.#server);
    new ReflectionService(CHAT_DEFINITION).addToServer(this.#server);
    await this.#bind();
    this.#timer = setInterval(() => {
      this.health.refresh();
      this.certificate.refresh();
    }, LOOK);
    callback?.();
  }

  /** Hermes is about to stop: health says so, and all else goes on. */
  sayStopping(): void {
    this.health.stop();
  }

  /** Clients are told to make their next calls elsewhere; open streams go on. */
  stopAccepting(): void {
    clearInterval(this.#timer);
    if (this.#port !== undefined) this.#server.unbind(this.#authority(this.#port));
  }

  override async close(): Promise<void> {
    clearInterval(this.#timer);
    if (this.grpcClient === undefined || this.grpcClient === null) return;
    const server = this.#server;
    this.grpcClient = undefined;
    this.#port = undefined;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, GRACE);
    });
    await Promise.race([patience, new Promise<void>((resolve) => server.tryShutdown(() => resolve()))]);
    clearTimeout(timer);
    server.forceShutdown();
  }

  get #server(): Server {
    return this.grpcClient as Server;
  }

  #authority(port: number): string {
    return isIPv6(this.#host) ? `[${this.#host}]:${port}` : `${this.#host}:${port}`;
  }

  async #bind(): Promise<void> {
    const authority = this.#authority(this.config.port);
    const credentials = this.certificate.load();
    this.#port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(authority, credentials, (error, port) => {
        if (error === null) resolve(port);
        else reject(new ConfigurationError([`HERMES_GRPC_PORT: cannot listen on ${authority}: ${reasonOf(error)}`]));
      });
    });
  }
}

/** What the operating system said, out of a sentence about addresses. */
function reasonOf({ message }: Error): string {
  return /\[(.+)\]$/.exec(message)?.[1] ?? message;
}
