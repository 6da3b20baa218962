import type { Readable } from 'node:stream';
import { Injectable, UnsupportedMediaTypeException, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { HttpSourceConfig } from './http.config.js';
import { InflatedBody } from './inflated-body.js';

export const NDJSON = 'application/x-ndjson';

interface HttpRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

interface HttpReply {
  readonly raw: { once(event: 'close', listener: () => void): unknown };
}

type Done = (error: Error | null, body?: Readable) => void;

/** What of Fastify is needed here. */
interface HttpServer {
  addContentTypeParser(type: string, parser: (request: HttpRequest, body: Readable, done: Done) => void): void;
  addHook(
    name: 'preParsing',
    hook: (request: HttpRequest, reply: HttpReply, body: Readable, done: Done) => void,
  ): unknown;
}

/** Which bodies the server reads beside JSON: event streams, handed over as they arrive, and whatever is gzip. */
@Injectable()
export class RequestBodies implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly config: HttpSourceConfig,
  ) {}

  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<HttpServer>();
    server.addContentTypeParser(NDJSON, (_, body, done) => done(null, body));
    server.addHook('preParsing', ({ headers }, reply, body, done) => {
      const encoding = headers['content-encoding'];
      if (encoding === undefined || encoding === 'identity') return done(null, body);
      if (encoding !== 'gzip') return done(new UnsupportedMediaTypeException('Content-Encoding must be gzip'));
      const inflated = new InflatedBody(body, this.config.maxInflated);
      reply.raw.once('close', () => inflated.destroy());
      done(null, inflated);
    });
  }
}
