import { freePort } from '../index.js';
import { ChatClient, type ChatStream } from '../grpc/chat-client.js';
import { tokenOf } from '../grpc/tokens.js';
import { Product } from '../hermes/product.js';

/** A Hermes process with chat that may be killed and started again, always on the same gRPC port. */
export class ChatProcess {
  #product: Product | undefined;
  readonly #clients: ChatClient[] = [];

  private constructor(
    private readonly environment: Readonly<Record<string, string>>,
    readonly address: string,
  ) {}

  static async prepare(environment: Readonly<Record<string, string>>): Promise<ChatProcess> {
    const port = await freePort();
    return new ChatProcess({ ...environment, HERMES_GRPC_PORT: String(port) }, `127.0.0.1:${port}`);
  }

  static async start(environment: Readonly<Record<string, string>>): Promise<ChatProcess> {
    const node = await ChatProcess.prepare(environment);
    await node.start();
    return node;
  }

  async start(): Promise<void> {
    this.#product = await Product.start(this.environment);
    await this.#product.ready();
  }

  get product(): Product {
    if (this.#product === undefined) throw new Error('not started');
    return this.#product;
  }

  /** A client of a user, ended with the process. */
  async client(userId: string): Promise<ChatClient> {
    const client = new ChatClient(this.address, await tokenOf(userId));
    this.#clients.push(client);
    return client;
  }

  /** A stream that is live. */
  async join(userId: string): Promise<ChatStream> {
    return (await this.client(userId)).join();
  }

  async kill(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.close();
    await this.#product?.kill();
  }
}
