import {
  Admin,
  ConfigResourceTypes,
  IncrementalAlterConfigOperationTypes,
  Producer as Client,
  type CompressionAlgorithmValue,
  type MessageToProduce,
} from '@platformatic/kafka';
import { randomUUID } from 'node:crypto';
import { waitFor } from '../wait-for.js';

type Bytes = string | Buffer;

export interface OutgoingMessage {
  readonly key?: Bytes;
  readonly value: Bytes | null;
  readonly headers?: Readonly<Record<string, Bytes | null>>;
  readonly partition?: number;
}

export interface SendOptions {
  readonly compression?: CompressionAlgorithmValue;
  /** Numbers its batches, so that the log cleaner leaves the last of each producer behind, empty. */
  readonly idempotent?: boolean;
}

/** What the library's producers and admins want of Node 22, and Node 20 does not have. */
if (!('withResolvers' in Promise)) {
  Object.defineProperty(Promise, 'withResolvers', {
    value: () => {
      const made: Record<string, unknown> = {};
      made['promise'] = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
      return made;
    },
  });
}

/** A name of its own for each client, as transactions want it. */
type Clients = Client<Buffer, Buffer, Buffer, Buffer>;

/** Somebody else's application, with the rights to make topics. */
export class Producer {
  readonly #admin: Admin;
  readonly #producer: Clients;

  private constructor(private readonly brokers: string) {
    this.#admin = new Admin(this.#options('admin'));
    this.#producer = this.#client();
  }

  static async connect(brokers: string): Promise<Producer> {
    const producer = new Producer(brokers);
    await producer.#admin.metadata({ topics: [] });
    return producer;
  }

  /** Makes a topic with a name of its own, and waits until it can be written. */
  async topic(prefix: string, partitions = 1, settings: Readonly<Record<string, string>> = {}): Promise<string> {
    const name = `${prefix}-${randomUUID()}`;
    await this.createTopic(name, partitions, settings);
    return name;
  }

  /** Does nothing when it is there. */
  async createTopic(topic: string, partitions = 1, settings: Readonly<Record<string, string>> = {}): Promise<void> {
    const configs = Object.entries(settings).map(([name, value]) => ({ name, value }));
    try {
      await this.#admin.createTopics({ topics: [topic], partitions, replicas: 1, configs });
    } catch (error) {
      if (!isBecauseOf(error, 'TOPIC_ALREADY_EXISTS')) throw error;
    }
    await this.#partitionsOf(topic, partitions);
  }

  async grow(topic: string, count: number): Promise<void> {
    const { brokers, topics } = await this.#admin.metadata({ topics: [topic] });
    const more = count - (topics.get(topic)?.partitionsCount ?? 0);
    const assignments = Array.from({ length: more }, () => ({ brokerIds: [...brokers.keys()].slice(0, 1) }));
    await this.#admin.createPartitions({ topics: [{ name: topic, count, assignments }] });
    await this.#partitionsOf(topic, count);
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.#admin.deleteTopics({ topics: [topic] });
  }

  /** Brokers take some time to hear of it. */
  async configure(topic: string, name: string, value: string): Promise<void> {
    const configs = [{ name, value, configOperation: IncrementalAlterConfigOperationTypes.SET }];
    const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configs };
    await this.#admin.incrementalAlterConfigs({ resources: [resource] });
  }

  topics(): Promise<string[]> {
    return this.#admin.listTopics();
  }

  async groups(): Promise<readonly string[]> {
    return [...(await this.#admin.listGroups()).keys()];
  }

  /** Removes everything before this offset, as retention does. */
  async forget(topic: string, offset: bigint): Promise<void> {
    await this.#admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset }] }] });
  }

  /** Resolves when the broker has them all. */
  async send(topic: string, ...messages: readonly OutgoingMessage[]): Promise<void> {
    await this.sendAs({}, topic, ...messages);
  }

  /** Messages of one partition that are sent at once are one record batch. */
  async sendAs(options: SendOptions, topic: string, ...messages: readonly OutgoingMessage[]): Promise<void> {
    await this.sendAll(options, topic, messages);
  }

  /** Any number of them: arguments are limited. */
  async sendAll(options: SendOptions, topic: string, messages: readonly OutgoingMessage[]): Promise<void> {
    const { idempotent = false } = options;
    await this.#producer.send({ ...options, idempotent, messages: encoded(topic, messages) });
  }

  /** One transaction after the other, each of them a message for each value. */
  async transaction(topic: string, end: 'commit' | 'abort', ...messages: readonly OutgoingMessage[]): Promise<void> {
    const client = this.#client({ transactionalId: randomUUID(), idempotent: true });
    try {
      const transaction = await client.beginTransaction();
      await transaction.send({ messages: encoded(topic, messages) });
      await transaction[end]();
    } finally {
      await client.close(true);
    }
  }

  /** A producer of which each has numbers of its own. */
  async another(): Promise<Producer> {
    return Producer.connect(this.brokers);
  }

  async close(): Promise<void> {
    await this.#producer.close(true).catch(() => undefined);
    await this.#admin.close().catch(() => undefined);
  }

  #client(options: { readonly transactionalId?: string; readonly idempotent?: boolean } = {}): Clients {
    return new Client({ ...this.#options('producer'), acks: -1, ...options });
  }

  #options(clientId: string): ConstructorParameters<typeof Admin>[0] {
    return {
      clientId,
      bootstrapBrokers: this.brokers.split(','),
      autocreateTopics: false,
      metadataMaxAge: 500,
      retries: 8,
      retryDelay: 100,
    };
  }

  /** Waits until the cluster knows them, with a leader for each. */
  async #partitionsOf(topic: string, count: number): Promise<void> {
    await waitFor(`${topic} to be there`, async () => {
      const metadata = await this.#admin.metadata({ topics: [topic], forceUpdate: true });
      const partitions = metadata.topics.get(topic)?.partitions ?? [];
      return partitions.length >= count && partitions.every(({ leader }) => leader >= 0);
    });
  }
}

function encoded(
  topic: string,
  messages: readonly OutgoingMessage[],
): MessageToProduce<Buffer, Buffer, Buffer, Buffer>[] {
  return messages.map(({ key, value, headers = {}, partition }) => ({
    topic,
    ...(key === undefined ? {} : { key: Buffer.from(key) }),
    ...(value === null ? {} : { value: Buffer.from(value) }),
    headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), bytesOf(text)])),
    partition: partition ?? 0,
  }));
}

/** Kafka has headers without a value, which the library sends and its types do not know. */
function bytesOf(text: Bytes | null): Buffer {
  return text === null ? (null as unknown as Buffer) : Buffer.from(text);
}

function isBecauseOf(error: unknown, id: string): boolean {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  return errors.some((one) => one !== error && isBecauseOf(one, id)) || Reflect.get(Object(error), 'apiId') === id;
}
