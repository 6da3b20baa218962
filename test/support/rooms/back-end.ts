import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string | undefined;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export type Behaviour = (response: ServerResponse, asked: Asked) => void;

export const answer =
  (status: number, body = '', headers: Record<string, string> = {}): Behaviour =>
  (response) =>
    void response.writeHead(status, headers).end(body);
export const allow = (...rooms: readonly unknown[]): Behaviour => answer(200, JSON.stringify({ allowed_rooms: rooms }));
export const hang: Behaviour = () => undefined;
export const hangUp: Behaviour = (response) => void response.destroy();

/** The application behind the rooms, on a real port; what it does is for the test to say. */
export class BackEnd {
  readonly asked: Asked[] = [];
  behave: Behaviour = allow();
  /** The most questions it was asked at a time. */
  mostAtOnce = 0;
  #open = 0;

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const asked = { method: request.method, path: request.url ?? '', headers: request.headers };
      this.asked.push(asked);
      this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#open);
      response.once('close', () => this.#open--);
      request.resume();
      if (asked.path.endsWith('/bootstrap/')) this.behave(response, asked);
      else response.writeHead(204).end();
    });
  }

  static async start(): Promise<BackEnd> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new BackEnd(server);
  }

  /** Without its last slash, which is the configuration's to mend. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/api`;
  }

  /** The posts to its hooks, in order. */
  get hooks(): readonly Asked[] {
    return this.asked.filter(({ method }) => method === 'POST');
  }

  get connections(): Promise<number> {
    return new Promise((resolve) => this.server.getConnections((_, count) => resolve(count)));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}
