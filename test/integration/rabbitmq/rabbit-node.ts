import { randomUUID } from 'node:crypto';
import { readSettings } from '../../../src/config/index.js';
import { RabbitMqBus, RabbitMqConfig, RabbitMqSource } from '../../../src/sources/rabbitmq/index.js';
import { RecordingIntake } from '../../support/recording-intake.js';
import type { RabbitManagement } from '../../support/index.js';
import { waitFor } from '../../support/index.js';

/** The part of a Hermes node that speaks with RabbitMQ. */
export class RabbitNode {
  readonly source: RabbitMqSource;
  readonly bus: RabbitMqBus;
  readonly name = `hermes-${randomUUID()}`;

  constructor(
    uri: string,
    settings: Readonly<Record<string, string>> = {},
    readonly intake: RecordingIntake = new RecordingIntake(),
  ) {
    const environment = {
      HERMES_RABBITMQ_URI: uri,
      HERMES_RABBITMQ_RECONNECT: '300ms',
      HERMES_RABBITMQ_WATCHDOG: '200ms',
      HERMES_RABBITMQ_CONNECTION_NAME: this.name,
      ...settings,
    };
    const config = readSettings(environment, [RabbitMqConfig])['RabbitMqConfig'] as RabbitMqConfig;
    this.source = new RabbitMqSource(config, intake);
    this.bus = new RabbitMqBus(config);
  }

  /** Why the source does not consume; undefined when it does. */
  get reason(): string | undefined {
    const { state } = this.source;
    return state.kind === 'waiting' ? state.reason : undefined;
  }

  async cut(management: RabbitManagement): Promise<void> {
    const [connection] = await waitFor('the broker to list the connection', async () => {
      const connections = await management.connections(`${this.name} consumer`);
      return connections.length > 0 && connections;
    });
    if (connection) await management.closeConnection(connection);
  }

  async close(): Promise<void> {
    await this.source.stop();
    await this.bus.close();
  }
}
