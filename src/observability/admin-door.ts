import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AdminConfig } from './admin.config.js';

/** Routes for operators, and those that answer on both ports. */
const FOR_OPERATORS = /^\/(metrics$|api\/docs|api\/openapi\.json$)/;
const FOR_BOTH = /^\/health\//;

interface AdminRequest {
  readonly raw: IncomingMessage;
  readonly routeOptions: { readonly url?: string };
}

/** What of Fastify is needed here. */
interface HttpServer {
  routing(request: IncomingMessage, response: ServerResponse): void;
  addHook(
    name: 'onRequest',
    hook: (request: AdminRequest, reply: { callNotFound(): unknown }, done: () => void) => void,
  ): unknown;
}

/** The port of the operators, by which the same routes are reached; everything is on one port when it is not set. */
@Injectable()
export class AdminDoor implements OnModuleInit, OnApplicationShutdown {
  readonly #requests = new WeakSet<IncomingMessage>();
  #server: Server | undefined;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly config: AdminConfig,
  ) {}

  onModuleInit(): void {
    if (this.config.adminPort === 0) return;
    this.#fastify.addHook('onRequest', ({ raw, routeOptions: { url = '' } }, reply, done) => {
      if (FOR_BOTH.test(url) || FOR_OPERATORS.test(url) === this.#requests.has(raw)) done();
      else reply.callNotFound();
    });
  }

  /** Whether whoever asks is told more than yes or no. */
  isForOperators(request: IncomingMessage): boolean {
    return this.config.adminPort === 0 || this.#requests.has(request);
  }

  /** Resolves when the port is open, if there is one of its own. */
  async listen(host: string): Promise<void> {
    if (this.config.adminPort <= 0) return;
    const server = createServer((request, response) => {
      this.#requests.add(request);
      this.#fastify.routing(request, response);
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.config.adminPort, host, resolve);
    });
  }

  /** Last of all: it says how a stop goes on. */
  onApplicationShutdown(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  get #fastify(): HttpServer {
    return this.host.httpAdapter.getInstance<HttpServer>();
  }
}
