import type { WebSocket } from 'ws';
import { Client, type Message } from '../hermes/client.js';

/** A client that speaks the protocol of the topic broker by hand. */
export class TopicsClient {
  private constructor(private readonly client: Client) {}

  /**
   * Connects and takes the welcome.
   *
   * @param node where the node listens, `http://…`
   */
  static async connect(node: string): Promise<TopicsClient> {
    const client = await Client.connect(`${node.replace('http', 'ws')}/_ws/topics`);
    const welcome = await client.next();
    if (welcome['type'] !== 'info') throw new Error(`not welcomed: ${JSON.stringify(welcome)}`);
    return new TopicsClient(client);
  }

  get socket(): WebSocket {
    return this.client.socket;
  }

  get closed(): Promise<number> {
    return this.client.closed;
  }

  next(): Promise<unknown> {
    return this.client.next();
  }

  send(message: unknown): void {
    this.client.raw(JSON.stringify(message));
  }

  /** Sends a message and returns what comes next. */
  async ask(message: unknown): Promise<Message> {
    this.send(message);
    return this.client.next();
  }

  async subscribe(topic: string): Promise<void> {
    const answer = await this.ask({ type: 'subscribe', topic });
    if (answer['type'] !== 'ack_subscribe') throw new Error(`not subscribed: ${JSON.stringify(answer)}`);
  }

  async authorize(token: string, role?: string): Promise<void> {
    const answer = await this.ask({ type: 'authorize', token, origin: 'user', role });
    if (answer['code'] !== 200) throw new Error(`not authorized: ${JSON.stringify(answer)}`);
  }

  /** Everything that came before an answer that is asked for now: the way to see that something did not come. */
  async soFar(): Promise<unknown[]> {
    const marker = `marker ${Math.random()}`;
    this.send({ type: 'unsubscribe', topic: marker });
    const messages: unknown[] = [];
    for (;;) {
      const message = await this.client.next();
      if (message['message'] === `Not subscribed to ${marker}`) return messages;
      messages.push(message);
    }
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
