import type { KafkaMessage } from 'kafkajs';
import KafkaJsBroker from 'kafkajs/src/broker/index.js';
import Batch from 'kafkajs/src/consumer/batch.js';
import ConnectionPool from 'kafkajs/src/network/connectionPool.js';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { addCompressions } from './compression.js';
import type { KafkaConfig } from './kafka.config.js';
import type { Partition } from './partition.js';

export type FetchedMessage = KafkaMessage;
export type HeaderValue = Buffer | string | undefined;

/** What one request brought from one partition. */
export interface Fetched {
  readonly partition: Partition;
  readonly messages: readonly FetchedMessage[];
  /** Where to go on once they have been handed over. */
  readonly end: bigint;
}

export interface TopicLook {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  readonly partitions: readonly { readonly id: number; readonly leader: number }[];
}

/** A point in the log: its end, its beginning, or the first message that is not older than this. */
export type Point = 'latest' | 'earliest' | { readonly since: number };

const READ_COMMITTED = 1;
/** The broker answers a fetch at once when it has something, and after this many milliseconds when it has nothing. */
const LONGEST_POLL = 500;
const SILENT = { namespace: () => SILENT, debug() {}, info() {}, warn() {}, error() {} };

addCompressions();

/** One broker of the cluster; connects when it is first asked something. */
export class Broker {
  readonly #broker: KafkaJsBroker;
  readonly #sockets = new Set<Socket>();
  #isClosed = false;

  constructor(
    readonly address: string,
    private readonly config: KafkaConfig,
  ) {
    this.#broker = new KafkaJsBroker({
      connectionPool: this.#pool(),
      logger: SILENT,
      allowAutoTopicCreation: false,
      authenticationTimeout: config.timeout,
    });
  }

  async lookAt(topic: string): Promise<TopicLook> {
    await this.#broker.connect();
    const { brokers, topicMetadata } = await this.#broker.metadata([topic]);
    const partitions = topicMetadata.find((metadata) => metadata.topic === topic)?.partitionMetadata ?? [];
    return { brokers, partitions: partitions.map(({ partitionId: id, leader }) => ({ id, leader })) };
  }

  /** @returns the offset at this point; undefined when no message is as young as that */
  async offsetAt({ topic, id }: Partition, point: Point): Promise<bigint | undefined> {
    const timestamp = point === 'latest' ? -1 : point === 'earliest' ? -2 : point.since;
    await this.#broker.connect();
    const { responses } = await this.#broker.listOffsets({
      isolationLevel: READ_COMMITTED,
      topics: [{ topic, partitions: [{ partition: id, timestamp }] }],
    });
    const offset = BigInt(responses[0]?.partitions[0]?.offset ?? -1);
    return offset < 0n ? undefined : offset;
  }

  /** @param patiently whether to wait a moment when there is nothing */
  async fetch(partitions: readonly Partition[], patiently: boolean): Promise<readonly Fetched[]> {
    await this.#broker.connect();
    const { fetchLimit } = this.config;
    const asked = new Map(partitions.map((partition) => [partition.name, { partition, from: `${partition.next}` }]));
    const { responses } = await this.#broker.fetch({
      isolationLevel: READ_COMMITTED,
      maxWaitTime: patiently ? LONGEST_POLL : 0,
      maxBytes: fetchLimit,
      topics: [...asked.values()].map(({ partition: { topic, id }, from }) => ({
        topic,
        partitions: [{ partition: id, fetchOffset: from, maxBytes: Math.min(fetchLimit, 1024 ** 2) }],
      })),
    });
    return responses.flatMap(({ topicName, partitions: answers }) =>
      answers.flatMap((answer) => {
        const question = asked.get(`${topicName}/${answer.partition}`);
        if (question === undefined || answer.messages.length === 0) return [];
        const batch = new Batch(topicName, question.from, answer);
        return [{ partition: question.partition, messages: batch.messages, end: BigInt(batch.lastOffset()) + 1n }];
      }),
    );
  }

  /** Ends its connections at once; whatever is still asked ends in an error. */
  close(): void {
    this.#isClosed = true;
    for (const socket of this.#sockets) socket.destroy(new Error('closed'));
    // What is left of it settles by itself, without the broker.
    this.#broker.disconnect().catch(() => undefined);
  }

  #pool(): ConnectionPool {
    const { clientId, ssl, username, password, mechanism, timeout } = this.config;
    const { host, port } = hostAndPort(this.address);
    return new ConnectionPool({
      host,
      port,
      clientId,
      ssl: ssl ? {} : null,
      sasl: username === '' ? null : { mechanism, username, password },
      socketFactory: ({ onConnect }) => {
        // The library would otherwise go on with the next step of a request that was under way.
        if (this.#isClosed) throw new Error('closed');
        return this.#own(socketTo(host, port, ssl), onConnect, ssl);
      },
      connectionTimeout: timeout,
      // A fetch may take a while on purpose; the rest of the time is for the broker.
      requestTimeout: timeout + LONGEST_POLL,
      enforceRequestTimeout: true,
      logger: SILENT,
    });
  }

  #own(socket: Socket, onConnect: () => void, ssl: boolean): Socket {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.once(ssl ? 'secureConnect' : 'connect', onConnect);
    return socket.setKeepAlive(true, 30_000).setNoDelay(true);
  }
}

function socketTo(host: string, port: number, ssl: boolean): Socket {
  if (!ssl) return connectPlain({ host, port });
  return connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) });
}

function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replaceAll(/[[\]]/g, ''), port: Number(address.slice(colon + 1)) };
}
