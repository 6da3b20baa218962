export interface BrokerConnection {
  readonly name: string;
  readonly user_provided_name?: string;
}

/** The broker's HTTP API: what tests do behind the application's back. */
export class RabbitManagement {
  readonly #origin: string;
  readonly #authorization: string;

  constructor(url: string) {
    const { origin, username, password } = new URL(url);
    this.#origin = origin;
    const credentials = `${decodeURIComponent(username) || 'guest'}:${decodeURIComponent(password) || 'guest'}`;
    this.#authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  }

  /** @returns whether the broker and its API are up */
  async answers(): Promise<boolean> {
    try {
      await this.call('GET', '/api/overview');
      return true;
    } catch {
      return false;
    }
  }

  async addVhost(name: string): Promise<void> {
    await this.call('PUT', `/api/vhosts/${encodeURIComponent(name)}`);
  }

  async deleteVhost(name: string): Promise<void> {
    await this.call('DELETE', `/api/vhosts/${encodeURIComponent(name)}`);
  }

  /** Those whose client gave them a name that begins like this. */
  async connections(namePrefix: string): Promise<readonly BrokerConnection[]> {
    const connections = (await this.call('GET', '/api/connections')) as readonly BrokerConnection[];
    return connections.filter(({ user_provided_name: name }) => name?.startsWith(namePrefix));
  }

  async closeConnection({ name }: BrokerConnection): Promise<void> {
    await this.call('DELETE', `/api/connections/${encodeURIComponent(name)}`);
  }

  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(this.#origin + path, {
      method,
      headers: { authorization: this.#authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}
