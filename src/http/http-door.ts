import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Exchange } from './exchange.js';

/** Milliseconds for a request and its body to arrive in; streams of events have a clock of their own. */
const ARRIVAL = 30_000;
/** Milliseconds for which the rest of a body is thrown away that has been answered already. */
const LINGER = 5_000;
/** Milliseconds after which bodies that go on are ended when Hermes stops: a client may be about to end its own. */
const LAST_LINES = 1_000;
/** Milliseconds that requests under way have to be answered in when Hermes stops. */
const FAREWELL = 4_000;
/** Milliseconds since the last request for which producers may be about to send the next, and that they have for it. */
const BUSY = 1_000;
const BETWEEN_REQUESTS = 100;
const TICK = 1_000;
/** Connections beside those of sessions: producers, probes, collectors of metrics, and whoever has not said yet what it wants. */
const BESIDE_SESSIONS = 1_000;

/**
 * Every request of the HTTP server: each has a deadline, and none is cut off when Hermes stops.
 *
 * **Called** with `close` when Hermes stops and its sessions have gone.
 */
@Injectable()
export class HttpDoor implements OnModuleInit, OnApplicationShutdown {
  /** Requests whose body did not come in time; connections beyond the bound of the node. */
  readonly stats = { overdue: 0, beyondBound: 0 };
  readonly #logger = new Logger(HttpDoor.name);
  readonly #exchanges = new Map<IncomingMessage, Exchange>();
  #timer: NodeJS.Timeout | undefined;
  #leaving = false;
  #lastBegan = -Infinity;
  #emptied: (() => void) | undefined;
  #turnedAway = 0;

  constructor(private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    const server = this.#server;
    // Before all others, so that it is there whoever answers.
    server.prependListener('request', this.#begin);
    // Only who reads the body asks for it: a client that waits for that never sends one that nobody wants.
    server.on('checkContinue', (request, response) => server.emit('request', request, response));
    server.on('drop', () => {
      this.stats.beyondBound++;
      this.#turnedAway++;
    });
    this.#timer = setInterval(() => this.#tick(), TICK);
    this.#timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  /** @param maxSessions what the node may have of these, each on a connection of its own */
  bound(maxSessions: number): void {
    this.#server.maxConnections = maxSessions + BESIDE_SESSIONS;
  }

  /**
   * Takes a body that goes on as long as its client likes.
   *
   * @param endBody called when Hermes stops, to end it
   */
  stream(request: IncomingMessage, endBody: () => void): void {
    const exchange = this.#exchanges.get(request);
    if (exchange === undefined) return;
    exchange.deadline = Infinity;
    exchange.endBody = endBody;
  }

  /**
   * Takes no connection any more, closes those that are idle, and the others when their requests have been answered. Every
   * answer says that it is the last on its connection.
   */
  async close(): Promise<void> {
    this.#leaving = true;
    for (const exchange of this.#exchanges.values()) exchange.sayLast();
    // HTTP's own would close at once what is idle just between two requests, of which the second may be on its way.
    NetServer.prototype.close.call(this.#server);
    if (performance.now() - this.#lastBegan < BUSY)
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_REQUESTS));
    this.#server.closeIdleConnections();
    const emptied = new Promise<void>((resolve) => {
      this.#emptied = resolve;
    });
    this.#look();
    const timers = [setTimeout(() => this.#endBodies(), LAST_LINES), setTimeout(() => this.#emptied?.(), FAREWELL)];
    await emptied;
    for (const timer of timers) clearTimeout(timer);
    if (this.#exchanges.size > 0) this.#logger.warn('http.requests.abandoned', { requests: this.#exchanges.size });
    this.#server.closeAllConnections();
  }

  get #server(): Server {
    return this.host.httpAdapter.getHttpServer() as Server;
  }

  readonly #begin = (request: IncomingMessage, response: ServerResponse): void => {
    this.#lastBegan = performance.now();
    const exchange = new Exchange(request, response, this.#lastBegan + ARRIVAL);
    this.#exchanges.set(request, exchange);
    if (this.#leaving) exchange.sayLast();
    const look = (): void => this.#lookAt(exchange);
    response.once('close', () => {
      exchange.deadline = performance.now() + LINGER;
      look();
    });
    request.once('close', look);
  };

  #lookAt(exchange: Exchange): void {
    if (!exchange.isOver) return;
    this.#exchanges.delete(exchange.request);
    this.#look();
  }

  #look(): void {
    if (this.#exchanges.size === 0) this.#emptied?.();
  }

  #endBodies(): void {
    for (const { endBody } of this.#exchanges.values()) endBody?.();
  }

  #tick(): void {
    const now = performance.now();
    for (const exchange of this.#exchanges.values()) {
      exchange.forsake();
      this.#lookAt(exchange);
      if (exchange.deadline > now || exchange.request.complete) continue;
      if (!exchange.response.closed) this.stats.overdue++;
      exchange.giveUp();
    }
    if (this.#turnedAway === 0) return;
    this.#logger.warn('http.connections.full', { turnedAway: this.#turnedAway });
    this.#turnedAway = 0;
    // Room for those who want something now.
    this.#server.closeIdleConnections();
  }
}
