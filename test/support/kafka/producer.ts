import { randomUUID } from 'node:crypto';
import { connect as connectPlain, type Socket } from 'node:net';
import {
  Kafka,
  logLevel,
  type Admin,
  type ITopicMetadata,
  type Message,
  type Producer as KafkaJsProducer,
} from 'kafkajs';
import { waitFor } from '../wait-for.js';

/** Somebody else's application, with the rights to make topics. */
export class Producer {
  readonly #admin: Admin;
  readonly #producer: KafkaJsProducer;

  private constructor(kafka: Kafka) {
    this.#admin = kafka.admin();
    this.#producer = kafka.producer({ allowAutoTopicCreation: false, metadataMaxAge: 500 });
  }

  static async connect(brokers: string): Promise<Producer> {
    const producer = new Producer(
      new Kafka({
        brokers: brokers.split(','),
        clientId: 'producer',
        logLevel: logLevel.NOTHING,
        retry: { retries: 8, initialRetryTime: 50, maxRetryTime: 500 },
        socketFactory: ({ host, port, onConnect }) => own(connectPlain({ host, port }, onConnect)),
      }),
    );
    await producer.#admin.connect();
    await producer.#producer.connect();
    return producer;
  }

  /** Makes a topic with a name of its own, and waits until it can be written. */
  async topic(prefix: string, partitions = 1): Promise<string> {
    const name = `${prefix}-${randomUUID()}`;
    await this.createTopic(name, partitions);
    return name;
  }

  async createTopic(topic: string, numPartitions = 1, settings: Readonly<Record<string, string>> = {}): Promise<void> {
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    await this.#admin.createTopics({ topics: [{ topic, numPartitions, configEntries }], waitForLeaders: true });
  }

  async grow(topic: string, count: number): Promise<void> {
    await this.#admin.createPartitions({ topicPartitions: [{ topic, count }] });
    await waitFor('the partitions to be there', async () => {
      const [metadata] = await this.#metadata(topic);
      return metadata?.partitions.length === count;
    });
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.#admin.deleteTopics({ topics: [topic] });
  }

  topics(): Promise<string[]> {
    return this.#admin.listTopics();
  }

  async groups(): Promise<readonly string[]> {
    const { groups } = await this.#admin.listGroups();
    return groups.map(({ groupId }) => groupId);
  }

  /** Removes everything before this offset, as retention does. */
  async forget(topic: string, offset: string): Promise<void> {
    // Without this the library does not know who leads the topic.
    await this.#admin.fetchTopicOffsets(topic);
    await this.#admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] });
  }

  /** Resolves when the broker has them all. */
  async send(topic: string, ...messages: readonly Message[]): Promise<void> {
    await this.#producer.send({ topic, messages: [...messages] });
  }

  async sendCompressed(topic: string, compression: number, ...messages: readonly Message[]): Promise<void> {
    await this.#producer.send({ topic, compression, messages: [...messages] });
  }

  async close(): Promise<void> {
    await this.#producer.disconnect().catch(() => undefined);
    await this.#admin.disconnect().catch(() => undefined);
  }

  async #metadata(topic: string): Promise<readonly ITopicMetadata[]> {
    const { topics } = await this.#admin.fetchTopicMetadata({ topics: [topic] });
    return topics;
  }
}

const producers = new WeakSet<Socket>();

function own(socket: Socket): Socket {
  producers.add(socket);
  return socket;
}

export function belongsToProducer(socket: Socket): boolean {
  return producers.has(socket);
}
