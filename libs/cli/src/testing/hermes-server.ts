import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { WebSocketServer, type WebSocket } from 'ws';
import { SUBSCRIBE_PATH, type ClientMessage } from '@hermes/protocol';
import { Log } from './log.js';

export interface HttpCall {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** The answer to a command; undefined for none. */
type Answering = (command: ClientMessage) => object | undefined;

/** A server that speaks the Hermes protocol on a free port and says over HTTP whatever it is told to. */
export class HermesServer {
  readonly commands = new Log<ClientMessage>();
  readonly closes = new Log<number>();
  readonly calls: HttpCall[] = [];
  answering: Answering = politely;
  httpAnswer: { status: number; body: string } = { status: 202, body: '{"accepted":1}' };
  #sockets = new Set<WebSocket>();

  private constructor(
    private readonly http: Server,
    readonly port: number,
  ) {
    http.on('request', (request, response) => void this.#call(request, response));
    const server = new WebSocketServer({ server: http, path: SUBSCRIBE_PATH });
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async start(port = 0): Promise<HermesServer> {
    const http = createServer();
    await new Promise<void>((resolve) => {
      http.listen(port, '127.0.0.1', resolve);
    });
    return new HermesServer(http, (http.address() as AddressInfo).port);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get subscribeUrl(): string {
    return `ws://127.0.0.1:${this.port}${SUBSCRIBE_PATH}`;
  }

  send(message: object | string): void {
    const frame = typeof message === 'string' ? message : JSON.stringify(message);
    for (const socket of this.#sockets) socket.send(frame);
  }

  event(name: string, payload: unknown, broadcast = true): void {
    this.send({ broadcast, channel: 'news', event: name, data: { [name]: payload } });
  }

  /** Closes every connection. */
  close(code: number, reason?: string): void {
    for (const socket of this.#sockets) socket.close(code, reason);
  }

  /** Resolves with the nth command of this name. */
  got(name: ClientMessage['event'], nth = 1): Promise<ClientMessage> {
    return this.commands.until(({ event }) => event === name, nth);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.terminate();
    this.http.closeAllConnections();
    await new Promise((resolve) => {
      this.http.close(resolve);
    });
  }

  #accept(socket: WebSocket): void {
    this.#sockets.add(socket);
    socket.on('message', (data: Buffer) => {
      const command = JSON.parse(data.toString()) as ClientMessage;
      const answer = this.answering(command);
      if (answer) socket.send(JSON.stringify({ channel: 'ws_status', id: command.id, ...answer }));
      this.commands.push(command);
    });
    socket.on('close', (code) => {
      this.#sockets.delete(socket);
      this.closes.push(code);
    });
  }

  async #call(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url: path, headers } = request;
    this.calls.push({ method, path, authorization: headers.authorization, body: await text(request) });
    response.writeHead(this.httpAnswer.status, { 'content-type': 'application/json' }).end(this.httpAnswer.body);
  }
}

/** As Hermes does when everything is all right. */
export function politely({ event }: ClientMessage): object | undefined {
  if (event === 'pong') return undefined;
  if (event === 'handshake') return { event };
  if (event === 'authorize') return { event, data: { resultCode: 200, authorize: 'success' } };
  return { event, data: { resultCode: 200 } };
}

/** As Hermes does when the provider says no. */
export function refusing(resultCode: number): Answering {
  return (command) => {
    if (command.event !== 'authorize') return politely(command);
    return { event: 'authorize', data: { resultCode, authorize: 'failed' } };
  };
}
