import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const WITH_HEADERS = Buffer.from('HMSG ');

/** A way to the server that can be cut, and that counts the messages with headers that came by. */
export class Relay {
  readonly #sockets = new Set<Socket>();
  #delivered = 0;
  #isBlocked = false;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {
    server.on('connection', (client) => this.#join(client));
  }

  static async open(url: string): Promise<Relay> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Relay(server, new URL(url));
  }

  get url(): string {
    return `nats://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get delivered(): number {
    return this.#delivered;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  /** Leaves the connections there are, but nothing comes by on them any more. */
  freeze(): void {
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  /** Cuts, and lets nobody through until {@link unblock}. */
  block(): void {
    this.#isBlocked = true;
    this.cut();
  }

  unblock(): void {
    this.#isBlocked = false;
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  #join(client: Socket): void {
    if (this.#isBlocked) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(this.target.port), this.target.hostname);
    let rest: Buffer = Buffer.alloc(0);
    upstream.on('data', (chunk) => {
      const bytes = Buffer.concat([rest, chunk]);
      this.#delivered += occurrences(bytes, WITH_HEADERS);
      rest = bytes.subarray(-WITH_HEADERS.length + 1);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => undefined).on('close', () => other.destroy());
      one.pipe(other);
    }
  }
}

function occurrences(bytes: Buffer, word: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(word); at !== -1; at = bytes.indexOf(word, at + 1)) count++;
  return count;
}
