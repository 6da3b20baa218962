import { connect, type Channel, type ChannelModel, type ConfirmChannel, type Options } from 'amqplib';

/** Somebody else's application: its own connection, and whatever headers it likes. */
export class Producer {
  private constructor(
    private readonly connection: ChannelModel,
    readonly channel: ConfirmChannel,
  ) {}

  static async connect(uri: string): Promise<Producer> {
    const connection = await connect(uri, { noDelay: true });
    connection.on('error', () => undefined);
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    return new Producer(connection, channel);
  }

  /** Sends without waiting for the broker. */
  send(exchange: string, headers: Options.Publish['headers'], body: string | Buffer, routingKey = ''): void {
    this.channel.publish(exchange, routingKey, Buffer.from(body), { headers });
  }

  /** Resolves when the broker has everything that was sent. */
  async confirmed(): Promise<void> {
    await this.channel.waitForConfirms();
  }

  /** For requests the broker may refuse, which cost the channel. */
  async apart<T>(request: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = await this.connection.createChannel();
    channel.on('error', () => undefined);
    const result = await request(channel);
    await channel.close();
    return result;
  }

  async close(): Promise<void> {
    await this.connection.close().catch(() => undefined);
  }
}
