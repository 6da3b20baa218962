import { WebSocket, type ClientOptions } from 'ws';

/** Milliseconds to wait for a message that must come. */
const PATIENCE = 20_000;

/** A client that speaks the rooms dialect by hand: it takes every frame as text and misses none. */
export class RoomsClient {
  readonly #received: string[] = [];
  readonly #waiting: ((text: string) => void)[] = [];
  /** Resolves with the close code when the connection has ended. */
  readonly closed: Promise<number>;

  private constructor(readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('message', (data: Buffer) => {
      const waiting = this.#waiting.shift();
      if (waiting) waiting(data.toString());
      else this.#received.push(data.toString());
    });
    socket.on('error', () => undefined);
  }

  /** @param early sent in the moment in which the connection opens, before any hello */
  static async connect(url: string, options: ClientOptions = {}, early: readonly unknown[] = []): Promise<RoomsClient> {
    const socket = new WebSocket(url, { perMessageDeflate: false, ...options });
    const client = new RoomsClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => {
        for (const message of early) client.send(message);
        resolve();
      });
      socket.once('error', reject);
    });
    return client;
  }

  /** Connects and takes the hello. */
  static async enter(url: string, options?: ClientOptions): Promise<RoomsClient> {
    const client = await RoomsClient.connect(url, options);
    const hello = (await client.next()) as { is_authorized: boolean };
    if (!hello.is_authorized) throw new Error('the client was refused');
    return client;
  }

  /** What has come and nobody has taken yet. */
  get unread(): readonly string[] {
    return this.#received;
  }

  /** The text of the next frame that nobody has taken yet. */
  nextText(): Promise<string> {
    const text = this.#received.shift();
    if (text !== undefined) return Promise.resolve(text);
    return new Promise((resolve, reject) => {
      const take = (arrived: string): void => {
        clearTimeout(timer);
        resolve(arrived);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        reject(new Error(`no message came within ${PATIENCE} ms`));
      }, PATIENCE);
      this.#waiting.push(take);
    });
  }

  async next(): Promise<unknown> {
    return JSON.parse(await this.nextText());
  }

  /** Sends a value as JSON, and a string or bytes as they are. */
  send(message: unknown): void {
    this.socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  async ask(message: unknown): Promise<unknown> {
    this.send(message);
    return this.next();
  }

  /** @throws when it is not answered with success */
  async subscribe(room: unknown, requestId: unknown): Promise<void> {
    const reply = (await this.ask({ type: 'subscribe', room, requestId })) as { code: string };
    if (reply.code !== 'success') throw new Error(`not subscribed: ${JSON.stringify(reply)}`);
  }

  /** Everything that came before the answer to a ping that is sent now: the way to see that something did not come. */
  async soFar(): Promise<unknown[]> {
    this.send('ping');
    const messages: unknown[] = [];
    for (;;) {
      const text = await this.nextText();
      if (text === 'pong') return messages;
      messages.push(JSON.parse(text));
    }
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}
