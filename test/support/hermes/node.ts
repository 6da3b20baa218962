import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { startHermes } from '../../../src/app.js';
import { settingsFrom } from '../../../src/settings.js';
import { Client } from './client.js';

export const API_KEY = 'key-of-the-tests';

/** One event as `POST /api/events` takes it; a broadcast with an empty object, unless said otherwise. */
export interface Publication {
  channel?: string;
  event?: string;
  visibility?: string;
  userId?: string;
  role?: string;
  cacheTtl?: number;
  cacheKey?: string;
  data?: unknown;
}

/** A Hermes in this process, as `npm start` would run it, on a free port. */
export class Node {
  readonly #clients: Client[] = [];

  private constructor(readonly app: NestFastifyApplication) {}

  static async start(environment: Record<string, string> = {}): Promise<Node> {
    const settings = settingsFrom({
      HERMES_PORT: '0',
      HERMES_API_KEY: API_KEY,
      HERMES_LOG_LEVEL: 'silent',
      HERMES_DRAIN: '0',
      // On a busy machine a test may take longer than the time between pings, and would find one among its messages.
      HERMES_PING_INTERVAL: '1h',
      ...environment,
    });
    return new Node(await startHermes(settings));
  }

  get port(): number {
    return (this.app.getHttpServer().address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get subscribeUrl(): string {
    return `ws://127.0.0.1:${this.port}/_ws/subscribe`;
  }

  /** A connected client, ended with the node. */
  async client(options?: Parameters<typeof Client.connect>[1]): Promise<Client> {
    const client = await Client.connect(this.subscribeUrl, options);
    this.#clients.push(client);
    return client;
  }

  async publish(...events: readonly Publication[]): Promise<void> {
    const body = events.map((event) => ({
      channel: 'prices',
      event: 'tick',
      visibility: event.userId === undefined ? 'broadcast' : 'direct',
      data: {},
      ...event,
    }));
    const response = await this.post(JSON.stringify(body));
    if (response.status !== 202) throw new Error(`publish: ${response.status} ${await response.text()}`);
  }

  post(body: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}/api/events`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${API_KEY}`, 'Content-Type': 'application/json', ...headers },
      body,
    });
  }

  /** The value of one line of `/metrics`; the labels in braces are part of its name. */
  async metric(name: string): Promise<number | undefined> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.slice(name.length + 1));
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.socket.terminate();
    await this.app.close();
  }
}
