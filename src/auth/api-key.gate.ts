import type { IncomingMessage } from 'node:http';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AddressesConfig, clientAddress } from '../addresses/index.js';
import { ApiKey } from './api-key.js';

/** Paths of routes that need the key: the whole API but its description. */
const GUARDED = /^\/(?:api\/(?!docs|openapi\.json$)|trigger$)/;
const SENTENCE = 'send the header "Authorization: Bearer <key>", the key being the HERMES_API_KEY of this server';
const ANSWER = { statusCode: 401, error: 'Unauthorized', message: SENTENCE };
/** Milliseconds between two lines of the log about refusals: strangers decide how many there are. */
const PAUSE = 1_000;

interface ApiRequest {
  readonly raw: IncomingMessage;
  /** Where a route has been found for it. */
  readonly routeOptions: { readonly url?: string };
}

interface ApiReply {
  code(status: number): this;
  header(name: string, value: string): this;
  send(answer: object): unknown;
}

/** What of Fastify is needed here. */
interface HttpServer {
  addHook(name: 'onRequest', hook: (request: ApiRequest, reply: ApiReply, done: () => void) => void): unknown;
}

/**
 * Lets a request pass that shows the API key as a bearer token. It looks at heads alone: of a request without the key no
 * body is read, and no guard, pipe or filter of Nest is run for it.
 */
@Injectable()
export class ApiKeyGate implements OnModuleInit {
  /** Requests that were turned away. */
  readonly refusals = { missing: 0, wrong: 0 };
  readonly #logger = new Logger(ApiKeyGate.name);
  #loggedAt = -Infinity;
  #unlogged = 0;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly key: ApiKey,
    private readonly addresses: AddressesConfig,
  ) {}

  onModuleInit(): void {
    this.host.httpAdapter.getInstance<HttpServer>().addHook('onRequest', (request, reply, done) => {
      if (!GUARDED.test(request.routeOptions.url ?? '') || this.#admits(request.raw)) return done();
      reply.code(401).header('WWW-Authenticate', 'Bearer').send(ANSWER);
    });
  }

  #admits(request: IncomingMessage): boolean {
    const { authorization } = request.headers;
    const shown = authorization === undefined ? undefined : /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (shown !== undefined && this.key.matches(shown)) return true;
    this.#refused(request, shown === undefined ? 'missing' : 'wrong');
    return false;
  }

  #refused(request: IncomingMessage, reason: keyof typeof this.refusals): void {
    this.refusals[reason]++;
    const now = performance.now();
    if (now - this.#loggedAt < PAUSE) {
      this.#unlogged++;
      return;
    }
    const address = clientAddress(request, this.addresses.trustedProxies);
    this.#logger.warn('api.refused', { address, key: reason, unlogged: this.#unlogged });
    this.#loggedAt = now;
    this.#unlogged = 0;
  }
}
