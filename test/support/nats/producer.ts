import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';

export type HeaderTable = Readonly<Record<string, string | readonly string[]>>;

/** Somebody else's application: its own connection, and whatever headers it likes. */
export class NatsProducer {
  private constructor(readonly connection: NatsConnection) {}

  static async connect(url: string): Promise<NatsProducer> {
    const { host } = new URL(url);
    return new NatsProducer(await connect({ servers: host, reconnect: false }));
  }

  /** Sends without waiting for the server. */
  send(subject: string, table: HeaderTable | undefined, body: string): void {
    this.connection.publish(subject, body, table === undefined ? {} : { headers: headersFrom(table) });
  }

  /** Resolves when the server has everything that was sent. */
  async confirmed(): Promise<void> {
    await this.connection.flush();
  }

  /** Resolves when a stream has the message, and so all that were sent before it. */
  async store(subject: string, table: HeaderTable, body: string): Promise<void> {
    await jetstream(this.connection).publish(subject, body, { headers: headersFrom(table) });
  }

  streams(): Promise<JetStreamManager> {
    return jetstreamManager(this.connection);
  }

  async addStream(name: string): Promise<void> {
    const manager = await this.streams();
    await manager.streams.add({ name, subjects: [`${name}.>`] });
  }

  async close(): Promise<void> {
    await this.connection.close().catch(() => undefined);
  }
}

function headersFrom(table: HeaderTable): MsgHdrs {
  const result = headers();
  for (const [key, values] of Object.entries(table)) for (const value of [values].flat()) result.append(key, value);
  return result;
}
