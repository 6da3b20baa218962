import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as the back end saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query, as they came. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Handler = (request: SeenRequest, response: ServerResponse) => void;

/** A back end over real HTTP that remembers what it was asked and answers as it is told. */
export class StubBackEnd {
  readonly requests: SeenRequest[] = [];
  #handler: Handler = json({});

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
        this.requests.push(seen);
        this.#handler(seen, response);
      });
    });
  }

  static async start(): Promise<StubBackEnd> {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return new StubBackEnd(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Answers all that comes from now on this way. */
  answer(handler: Handler): void {
    this.#handler = handler;
  }

  /** The requests since the last call. */
  taken(): SeenRequest[] {
    return this.requests.splice(0);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Answers with this value as JSON. */
export function json(value: unknown, status = 200): Handler {
  return (_, response) => text(JSON.stringify(value), status)(_, response);
}

export function text(body: string, status = 200, headers: Record<string, string> = {}): Handler {
  return (_, response) => void response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body);
}
