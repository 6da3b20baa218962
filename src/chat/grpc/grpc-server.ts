import { isIPv6, type Socket } from 'node:net';
import { Server, setLogger, type ConnectionInjector } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { Injectable, Logger } from '@nestjs/common';
import { ServerGrpc } from '@nestjs/microservices';
import { CHAT_PACKAGE } from '@hermes/protocol';
import { ConfigurationError } from '../../config/index.js';
import { SessionsConfig } from '../../sessions/index.js';
import { CHAT_DEFINITION } from './chat-proto.js';
import { GrpcConfig } from './grpc.config.js';
import { GrpcConnections } from './grpc-connections.js';
import { GrpcDoor } from './grpc-door.js';
import { GrpcHealth } from './grpc-health.js';
import { GrpcTimes } from './grpc-times.js';
import { withBounds, type MessageBounds } from './readable-message.js';
import { ServerCertificate } from './server-certificate.js';

/** How often health and the files of the certificate are looked at, in milliseconds. */
const LOOK = 1_000;

/** What is asked of health and reflection: a name. */
const QUESTION: MessageBounds = { bytes: 1_024, fields: 16, depth: 1 };

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
  #injector: ConnectionInjector | undefined;

  constructor(
    private readonly config: GrpcConfig,
    private readonly certificate: ServerCertificate,
    private readonly health: GrpcHealth,
    private readonly sessions: SessionsConfig,
    private readonly door: GrpcDoor,
    private readonly connections: GrpcConnections,
    private readonly times: GrpcTimes,
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
      interceptors: [this.door.interceptor],
      'grpc.max_connection_idle_ms': this.times.idle,
      'grpc.max_receive_message_length': this.config.maxMessage,
      'grpc.max_concurrent_streams': this.config.maxStreams,
      'grpc.keepalive_time_ms': this.sessions.pingInterval,
      'grpc.keepalive_timeout_ms': this.sessions.pongTimeout,
    });
  }

  /** Everything is there before the first client is. */
  override async start(callback?: () => void): Promise<void> {
    await this.bindEvents();
    this.health.addTo(modest(this.#server));
    new ReflectionService(CHAT_DEFINITION).addToServer(modest(this.#server) as Server);
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
    this.connections.stopListening();
    this.#injector?.destroy();
  }

  override async close(): Promise<void> {
    clearInterval(this.#timer);
    if (this.grpcClient === undefined || this.grpcClient === null) return;
    const server = this.#server;
    this.grpcClient = undefined;
    this.#port = undefined;
    await this.connections.end(GRACE);
    server.forceShutdown();
  }

  get #server(): Server {
    return this.grpcClient as Server;
  }

  #authority(port: number): string {
    return isIPv6(this.#host) ? `[${this.#host}]:${port}` : `${this.#host}:${port}`;
  }

  async #bind(): Promise<void> {
    const injector = (this.#injector = this.#server.createConnectionInjector(this.certificate.load()));
    try {
      const accept = (socket: Socket): void => injector.injectConnection(socket);
      this.#port = await this.connections.listen(this.config.port, this.#host, accept);
    } catch (error) {
      const place = this.#authority(this.config.port);
      throw new ConfigurationError([`HERMES_GRPC_PORT: cannot listen on ${place}: ${(error as Error).message}`]);
    }
  }
}

/** A server whose services ask for next to nothing, and are sent no more. */
function modest(server: Server): Pick<Server, 'addService'> {
  return {
    addService: (service, implementation) =>
      server.addService(
        withBounds(service, () => QUESTION),
        implementation,
      ),
  };
}
