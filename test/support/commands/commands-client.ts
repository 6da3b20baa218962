import type { ClientOptions } from 'ws';
import { Client, type Message } from '../hermes/client.js';

/** A client that speaks the commands dialect by hand. */
export class CommandsClient {
  #rid = 0;

  private constructor(readonly client: Client) {}

  /** @param node where the node listens, `http://…` */
  static async connect(node: string, path = '/web', options?: ClientOptions): Promise<CommandsClient> {
    return new CommandsClient(await Client.connect(node.replace('http', 'ws') + path, options));
  }

  /** Sends a command. @returns its rid */
  send(command: string, options: unknown = {}, rid = ++this.#rid): number {
    this.client.raw(JSON.stringify({ rid, command, options }));
    return rid;
  }

  /** Sends a command and returns its answer; pushes that come before it can still be taken. */
  async ask(command: string, options?: unknown): Promise<Message> {
    const rid = this.send(command, options);
    const before: Message[] = [];
    for (;;) {
      const message = await this.next();
      if (message['rid'] === rid) {
        this.client.received.unshift(...before);
        return message;
      }
      before.push(message);
    }
  }

  /** Sends a command that subscribes. @returns the subscription id */
  async subscribe(command: string, options: unknown): Promise<string> {
    const answer = await this.ask(command, options);
    if (answer['status'] !== 'ok') throw new Error(`not subscribed: ${JSON.stringify(answer)}`);
    return answer['event'] as string;
  }

  async login(authToken: string): Promise<Message> {
    return this.ask('authentication', { authToken });
  }

  next(): Promise<Message> {
    return this.client.next();
  }

  /** Everything that came before an answer that is asked for now: the way to see that something did not come. */
  async soFar(): Promise<Message[]> {
    const rid = this.send('subscription', { ids: [], action: 'unsubscribe' });
    const messages: Message[] = [];
    for (;;) {
      const message = await this.next();
      if (message['rid'] === rid) return messages;
      messages.push(message);
    }
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
