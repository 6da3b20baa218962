// The parts of kafkajs below its consumer groups; see README.md for why. The version is pinned, and its interface with it.

declare module 'kafkajs/src/network/connectionPool.js' {
  import type { ISocketFactory } from 'kafkajs';

  interface SilentLogger {
    namespace(): SilentLogger;
    debug(): void;
    info(): void;
    warn(): void;
    error(): void;
  }

  export default class ConnectionPool {
    constructor(options: {
      readonly host: string;
      readonly port: number;
      readonly clientId: string;
      readonly ssl: object | null;
      readonly sasl: { readonly mechanism: string; readonly username: string; readonly password: string } | null;
      readonly socketFactory: ISocketFactory;
      readonly connectionTimeout: number;
      readonly requestTimeout: number;
      readonly enforceRequestTimeout: boolean;
      readonly logger: SilentLogger;
    });
  }
}

declare module 'kafkajs/src/broker/index.js' {
  import type { Broker, BrokerMetadata } from 'kafkajs';
  import type ConnectionPool from 'kafkajs/src/network/connectionPool.js';

  interface RawPartition {
    readonly partition: number;
    readonly highWatermark: string;
    readonly messages: readonly unknown[];
  }

  export default class KafkaJsBroker {
    constructor(options: {
      readonly connectionPool: ConnectionPool;
      readonly logger: object;
      readonly allowAutoTopicCreation: boolean;
      readonly authenticationTimeout: number;
    });
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    metadata(topics: readonly string[]): Promise<BrokerMetadata>;
    listOffsets(request: {
      readonly isolationLevel: number;
      readonly topics: readonly {
        readonly topic: string;
        readonly partitions: readonly { readonly partition: number; readonly timestamp: number | string }[];
      }[];
    }): Promise<{
      readonly responses: readonly {
        readonly topic: string;
        readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
      }[];
    }>;
    fetch(request: Parameters<Broker['fetch']>[0]): Promise<{
      readonly responses: readonly { readonly topicName: string; readonly partitions: readonly RawPartition[] }[];
    }>;
  }
}

declare module 'kafkajs/src/consumer/batch.js' {
  import type { KafkaMessage } from 'kafkajs';

  /** What a fetch brought from one partition, without aborted transactions and control records. */
  export default class Batch {
    constructor(topic: string, fetchedOffset: string, partition: object);
    readonly messages: readonly KafkaMessage[];
    readonly rawMessages: readonly unknown[];
    lastOffset(): string;
  }
}
