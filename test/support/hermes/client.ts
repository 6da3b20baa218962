import { WebSocket, type ClientOptions } from 'ws';

export type Message = Record<string, unknown>;

/** Milliseconds to wait for a message that must come. */
const PATIENCE = 20_000;

/** What the producer put into the event. */
export function payloadOf(event: Message): unknown {
  return (event['data'] as Message)[event['event'] as string];
}

/** A client that speaks the Hermes JSON protocol by hand, message for message, and misses none. */
export class Client {
  readonly received: Message[] = [];
  readonly #waiting: ((message: Message) => void)[] = [];
  /** Resolves with the close code when the connection has ended. */
  readonly closed: Promise<number>;

  private constructor(readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => {
      socket.once('close', (code) => resolve(code));
    });
    socket.on('message', (data: Buffer) => this.#take(JSON.parse(data.toString()) as Message));
    socket.on('error', () => undefined);
  }

  /** @throws when the server refuses; the message holds the HTTP status */
  static async connect(url: string, options: ClientOptions = {}): Promise<Client> {
    const socket = new WebSocket(url, { perMessageDeflate: false, ...options });
    const client = new Client(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  /** The next message that nobody has taken yet. */
  next(): Promise<Message> {
    const message = this.received.shift();
    if (message !== undefined) return Promise.resolve(message);
    return new Promise((resolve, reject) => {
      const take = (arrived: Message): void => {
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

  async take(count: number): Promise<Message[]> {
    const messages: Message[] = [];
    while (messages.length < count) messages.push(await this.next());
    return messages;
  }

  send(event: string, command?: object, id?: string | number): void {
    this.raw(JSON.stringify({ channel: 'ws_status', event, command, id }));
  }

  raw(data: string | Buffer): void {
    this.socket.send(data);
  }

  /** Sends a command with an id and returns its answer; what comes before it can still be taken. */
  async ask(event: string, command?: object, id: string | number = `${event}?`): Promise<Message> {
    this.send(event, command, id);
    const before: Message[] = [];
    for (;;) {
      const message = await this.next();
      if (message['id'] === id) {
        this.received.unshift(...before);
        return message;
      }
      before.push(message);
    }
  }

  async subscribe(channel: string, event?: string): Promise<void> {
    const answer = await this.ask('subscribe', { channel, event });
    if ((answer['data'] as Message)['resultCode'] !== 200) throw new Error(`not subscribed: ${JSON.stringify(answer)}`);
  }

  async authorize(token: string, origin = 'user', role?: string): Promise<number> {
    const answer = await this.ask('authorize', { token, origin, role });
    return (answer['data'] as Message)['resultCode'] as number;
  }

  /** Everything that came before an answer that is asked for now: the way to see that something did not come. */
  async soFar(): Promise<Message[]> {
    const marker = `marker ${Math.random()}`;
    this.send('handshake', undefined, marker);
    const messages: Message[] = [];
    for (;;) {
      const message = await this.next();
      if (message['id'] === marker) return messages;
      messages.push(message);
    }
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  #take(message: Message): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(message);
    else this.received.push(message);
  }
}
