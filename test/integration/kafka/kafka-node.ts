import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { readSettings } from '../../../src/config/index.js';
import { KafkaConfig, KafkaSource } from '../../../src/sources/kafka/index.js';
import { RecordingIntake } from '../../support/recording-intake.js';

/** Where the library tells of each connection that is open. */
const OPENED = 'tracing:plt:kafka:connections:connects:asyncEnd';
const ASKED = 'tracing:plt:kafka:connections:api:start';
const FETCH = 1;

/** The part of a Hermes node that speaks with Kafka. */
export class KafkaNode {
  readonly source: KafkaSource;
  /** Requests for messages so far. */
  fetches = 0;
  readonly #sockets = new Set<Socket>();

  constructor(
    brokers: string,
    topics: string,
    settings: Readonly<Record<string, string>> = {},
    readonly intake: RecordingIntake = new RecordingIntake(),
  ) {
    const environment = {
      HERMES_KAFKA_BROKERS: brokers,
      HERMES_KAFKA_TOPICS: topics,
      HERMES_KAFKA_REFRESH: '200ms',
      HERMES_KAFKA_RECONNECT: '300ms',
      HERMES_KAFKA_TIMEOUT: '5s',
      ...settings,
    };
    const config = readSettings(environment, [KafkaConfig])['KafkaConfig'] as KafkaConfig;
    this.source = new KafkaSource(config, intake);
    subscribe(OPENED, this.#opened);
    subscribe(ASKED, this.#asked);
  }

  /** Why the source does not consume; undefined when it does. */
  get reason(): string | undefined {
    const { state } = this.source;
    return state.kind === 'waiting' ? state.reason : undefined;
  }

  /** Cuts every connection that was opened to the brokers since this node is there, but those of producers. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy(new Error('cut'));
    this.#sockets.clear();
  }

  async close(): Promise<void> {
    unsubscribe(OPENED, this.#opened);
    unsubscribe(ASKED, this.#asked);
    await this.source.stop();
  }

  readonly #opened = (message: unknown): void => {
    const { connection } = message as { readonly connection: { readonly ownerId?: number; readonly socket: Socket } };
    // Those of producers belong to them, as the library has it; those of the source belong to nobody.
    if (connection.ownerId !== undefined) return;
    const { socket } = connection;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  };

  readonly #asked = (message: unknown): void => {
    const { connection, apiKey } = message as {
      readonly connection: { readonly ownerId?: number };
      readonly apiKey: number;
    };
    if (connection.ownerId === undefined && apiKey === FETCH) this.fetches++;
  };
}
