import { PUBLISH_PATH, SUBSCRIBE_PATH } from '@hermes/protocol';

const READY_PATH = '/health/ready';
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/i;

/**
 * Where a server is, by any of its addresses: `ws:` or `http:`, with or without a path, `host:port` alone too. A path
 * counts as the prefix behind which Hermes is reached, unless it is given for the WebSocket as a whole.
 */
export class ServerUrl {
  private constructor(private readonly url: URL) {}

  /** @returns undefined when the text is no address of a server */
  static parse(text: string): ServerUrl | undefined {
    const address = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
    if (!URL.canParse(address)) return undefined;
    const url = new URL(address);
    return /^(ws|http)s?:$/.test(url.protocol) ? new ServerUrl(url) : undefined;
  }

  get subscribe(): string {
    const path = this.url.pathname === '/' ? SUBSCRIBE_PATH : this.url.pathname;
    return `${this.#secure ? 'wss' : 'ws'}://${this.url.host}${path}${this.url.search}`;
  }

  get publish(): string {
    return this.#http(PUBLISH_PATH);
  }

  get ready(): string {
    return this.#http(READY_PATH);
  }

  get host(): string {
    return this.url.host;
  }

  get isLoopback(): boolean {
    return LOOPBACK.test(this.url.hostname);
  }

  /** Whether both are one server: same host, same port, same security. */
  equals(other: ServerUrl): boolean {
    return this.url.host === other.url.host && this.#secure === other.#secure;
  }

  get #secure(): boolean {
    return this.url.protocol === 'https:' || this.url.protocol === 'wss:';
  }

  #http(path: string): string {
    const { pathname, host } = this.url;
    const prefix = pathname.endsWith(SUBSCRIBE_PATH) ? pathname.slice(0, -SUBSCRIBE_PATH.length) : pathname;
    return `${this.#secure ? 'https' : 'http'}://${host}${prefix.replace(/\/$/, '')}${path}`;
  }
}
