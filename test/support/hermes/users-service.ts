import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a back end of somebody else may do with a question. */
export type Manner = (response: ServerResponse, body: string) => void;

/**
 * A back end that Hermes's `http` provider asks about tokens, with one path for each manner of answering.
 * It writes down what it was asked.
 */
export class UsersService {
  readonly asked = new Map<string, string[]>();
  readonly #server: Server;

  private constructor(private readonly manners: Readonly<Record<string, Manner>>) {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on('clientError', (_, socket) => socket.destroy());
  }

  static async start(manners: Readonly<Record<string, Manner>>): Promise<UsersService> {
    const service = new UsersService(manners);
    service.#server.listen(0, '127.0.0.1');
    await once(service.#server, 'listening');
    return service;
  }

  /** One `http` provider for each manner, its name being the origin. */
  providers(settings: object = {}): Record<string, object> {
    const { port } = this.#server.address() as AddressInfo;
    const entries = Object.keys(this.manners).map((name) => [
      name,
      { type: 'http', url: `http://127.0.0.1:${port}/${name}`, ...settings },
    ]);
    return Object.fromEntries(entries) as Record<string, object>;
  }

  /** How often it was asked on the path of this manner. */
  timesAsked(name: string): number {
    return this.asked.get(name)?.length ?? 0;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = request.url?.slice(1) ?? '';
    let body = '';
    for await (const chunk of request) body += String(chunk);
    this.asked.set(name, [...(this.asked.get(name) ?? []), body]);
    const manner = this.manners[name];
    if (manner) manner(response, body);
    else response.writeHead(404).end();
  }
}
