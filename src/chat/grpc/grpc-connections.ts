import type { Http2Session } from 'node:http2';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Injectable, Logger } from '@nestjs/common';
import { SessionsConfig } from '../../sessions/index.js';
import { GrpcStats } from './grpc-stats.js';
import { GrpcTimes } from './grpc-times.js';

/** Milliseconds between two lines that tell of connections that were refused: a stranger can cause any number of them. */
const QUIET = 60_000;

/** Connections beside those of streams, for calls and for balancers. */
const SPARE = 1_000;

/** What tells connections apart: of a socket, and of what grpc-js says of a call. */
interface Ends {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
}

/** A connection, and the clock of one over which nobody has said yet who he is. */
interface Visitor {
  readonly socket: Socket;
  session?: Http2Session | undefined;
  clock?: NodeJS.Timeout | undefined;
}

/** The connections of the gRPC port: no more than there may be, and none of nobody for long. */
@Injectable()
export class GrpcConnections {
  readonly #logger = new Logger('ChatGrpc');
  readonly #open = new Map<string, Visitor>();
  readonly #server: Server;
  /** Connections beside those of streams. */
  spare = SPARE;
  #accept: (socket: Socket) => void = (socket) => socket.destroy();
  #quietUntil = 0;
  #emptied: (() => void) | undefined;

  constructor(
    private readonly limits: SessionsConfig,
    private readonly times: GrpcTimes,
    private readonly stats: GrpcStats,
  ) {
    this.#server = createServer({ noDelay: true }, (socket) => this.#admit(socket));
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** @param accept given each connection that may stay @returns the port @throws what the operating system said */
  async listen(port: number, host: string, accept: (socket: Socket) => void): Promise<number> {
    this.#accept = accept;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Somebody has come over this connection whose token is accepted. */
  identified(ends: Ends): void {
    clearTimeout(this.#open.get(keyOf(ends))?.clock);
  }

  /** Somebody has come over this connection who need not say who he is. */
  visited(ends: Ends, session: Http2Session | undefined): void {
    const visitor = this.#open.get(keyOf(ends));
    if (visitor !== undefined) visitor.session = session;
  }

  /** Takes no more of them; those that are open go on. */
  stopListening(): void {
    if (this.#server.listening) this.#server.close();
  }

  /** Resolves when all are closed, which those that take longer than `grace` milliseconds are now. */
  async end(grace: number): Promise<void> {
    if (this.#open.size === 0) return;
    const timer = setTimeout(() => {
      for (const { socket } of this.#open.values()) socket.destroy();
    }, grace);
    await new Promise<void>((resolve) => (this.#emptied = resolve));
    clearTimeout(timer);
  }

  #admit(socket: Socket): void {
    // Whatever goes wrong with a connection ends it, which is what counts.
    socket.on('error', () => undefined);
    if (this.#open.size >= this.limits.maxSessions + this.spare) return this.#refuse(socket);
    const visitor: Visitor = { socket };
    const key = keyOf(socket);
    this.#open.set(key, visitor);
    visitor.clock = setTimeout(() => this.#endOfNobody(visitor), this.times.nobody);
    socket.once('close', () => {
      clearTimeout(visitor.clock);
      this.#open.delete(key);
      if (this.#open.size === 0) this.#emptied?.();
    });
    this.#accept(socket);
  }

  #refuse(socket: Socket): void {
    socket.destroy();
    this.stats.stats.connectionsRefused++;
    if (performance.now() < this.#quietUntil) return;
    this.#quietUntil = performance.now() + QUIET;
    this.#logger.warn('chat.grpc.connections.refused', { open: this.#open.size });
  }

  /** In good order, where a balancer asks for health: what it asks next it asks over another connection. */
  #endOfNobody(visitor: Visitor): void {
    this.stats.stats.connectionsOfNobody++;
    visitor.clock = setTimeout(() => visitor.socket.destroy(), visitor.session === undefined ? 0 : this.times.farewell);
    visitor.session?.close();
  }
}

function keyOf({ remoteAddress, remotePort, localAddress }: Ends): string {
  return `${remoteAddress}:${remotePort}:${localAddress}`;
}
