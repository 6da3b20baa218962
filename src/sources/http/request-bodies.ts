import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import {
  BadRequestException,
  HttpException,
  Injectable,
  Logger,
  PayloadTooLargeException,
  UnsupportedMediaTypeException,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { HttpDoor } from '../../http/index.js';
import { EndableBody } from './endable-body.js';
import { HttpSourceConfig } from './http.config.js';
import { InflatedBody } from './inflated-body.js';

export const JSON_TYPE = 'application/json';
export const NDJSON = 'application/x-ndjson';
/** Stands for every type that is not read here. */
const OTHER = 'application/octet-stream';

export interface BodyRequest {
  readonly raw: IncomingMessage;
}

export interface BodyReply {
  readonly raw: ServerResponse;
}

type Done = (error: Error | null, body?: Readable) => void;

/** What of Fastify is needed here. */
interface HttpServer {
  removeAllContentTypeParsers(): void;
  addContentTypeParser(type: string, parser: (request: BodyRequest, body: Readable, done: Done) => void): void;
  addHook(name: 'onRequest', hook: (request: BodyRequest, reply: unknown, done: () => void) => void): unknown;
}

/**
 * Reads the bodies of requests, for those who have found that the client may send them one. Nothing of a body is read
 * before: not for a path that is unknown, not without the key.
 */
@Injectable()
export class RequestBodies implements OnModuleInit {
  readonly #logger = new Logger(RequestBodies.name);

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly door: HttpDoor,
    private readonly config: HttpSourceConfig,
  ) {}

  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<HttpServer>();
    server.removeAllContentTypeParsers();
    server.addContentTypeParser('*', (_, body, done) => done(null, body));
    // Fastify would answer what is no type at all before the route is asked, and without saying which types are taken.
    server.addHook('onRequest', ({ raw: { headers } }, _reply, done) => {
      const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
      if (type !== undefined) headers['content-type'] = type === JSON_TYPE || type === NDJSON ? type : OTHER;
      done();
    });
  }

  /**
   * The whole of a JSON body.
   *
   * @param types what the client is told to send when it is of another type
   * @throws {HttpException} 413, 415, or 400 when it breaks off
   */
  async read({ raw }: BodyRequest, reply: BodyReply, types: readonly string[] = [JSON_TYPE]): Promise<Buffer> {
    const { maxBody, maxInflated } = this.config;
    this.#expect(raw, types);
    const isGzip = codingOf(raw) === 'gzip';
    if (Number(raw.headers['content-length']) > maxBody) throw tooLarge(maxBody);
    this.#invite(raw, reply);
    const body = isGzip ? new InflatedBody(raw, Math.min(maxBody, maxInflated)) : raw;
    reply.raw.once('close', () => isGzip && body.destroy());
    try {
      return await whole(body, maxBody);
    } catch (error) {
      throw this.#reported(error);
    }
  }

  /**
   * A body of lines, as it comes. It ends by itself when Hermes stops.
   *
   * @throws {HttpException} 415 for a coding that is not read
   */
  stream({ raw }: BodyRequest, reply: BodyReply): EndableBody {
    const isGzip = codingOf(raw) === 'gzip';
    this.#invite(raw, reply);
    const source = isGzip ? new InflatedBody(raw, this.config.maxInflated) : raw;
    const body = new EndableBody(source);
    reply.raw.once('close', () => isGzip && source.destroy());
    this.door.stream(raw, () => body.endEarly());
    return body;
  }

  #expect({ headers }: IncomingMessage, types: readonly string[]): void {
    const type = headers['content-type'];
    if (type !== undefined && types.includes(type)) return;
    if (type === undefined && !hasBody(headers)) return;
    throw new UnsupportedMediaTypeException(`Content-Type must be ${types.join(' or ')}`);
  }

  /** To a client that has asked whether its body is wanted. */
  #invite({ headers }: IncomingMessage, reply: BodyReply): void {
    if (headers.expect !== undefined) reply.raw.writeContinue();
  }

  /** A client that breaks off may do so: it is no fault of ours. */
  #reported(error: unknown): HttpException {
    if (error instanceof HttpException) return error;
    this.#logger.debug('http.request.aborted', { reason: error instanceof Error ? error.message : '' });
    return new BadRequestException('the body broke off');
  }
}

function hasBody(headers: IncomingMessage['headers']): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Names of codings are compared without regard to case, `x-gzip` is gzip, and `identity` is none (RFC 9110, 8.4.1). */
function codingOf({ headers }: IncomingMessage): 'gzip' | 'none' {
  const names = (headers['content-encoding'] ?? '').toLowerCase().split(',');
  const codings = names.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity');
  if (codings.length === 0) return 'none';
  if (codings.length === 1 && /^(x-)?gzip$/.test(codings[0] ?? '')) return 'gzip';
  throw new UnsupportedMediaTypeException('Content-Encoding must be gzip or identity');
}

function tooLarge(limit: number): HttpException {
  return new PayloadTooLargeException(`the body must not be larger than ${limit} bytes (HERMES_MAX_BODY)`);
}

/** What comes beyond the limit is thrown away as it comes, so that the client comes to read the answer. */
function whole(body: Readable, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    body.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length <= limit) pieces.push(piece);
      else {
        pieces.length = 0;
        reject(tooLarge(limit));
      }
    });
    body.once('end', () => resolve(Buffer.concat(pieces)));
    body.once('error', reject);
    body.once('close', () => reject(new Error('the body broke off')));
  });
}
