import { readSettings } from '../../../src/config/index.js';
import { NatsBus, NatsConfig, NatsSource } from '../../../src/sources/nats/index.js';
import { RecordingIntake } from '../../support/recording-intake.js';

/** The part of a Hermes node that speaks with NATS. */
export class NatsNode {
  readonly source: NatsSource;
  readonly bus: NatsBus;

  constructor(
    url: string,
    settings: Readonly<Record<string, string>> = {},
    readonly intake: RecordingIntake = new RecordingIntake(),
  ) {
    const environment = {
      HERMES_NATS_URL: url,
      HERMES_NATS_RECONNECT: '300ms',
      HERMES_NATS_WATCHDOG: '200ms',
      ...settings,
    };
    const config = readSettings(environment, [NatsConfig])['NatsConfig'] as NatsConfig;
    this.source = new NatsSource(config, intake);
    this.bus = new NatsBus(config);
  }

  /** Why the source does not consume; undefined when it does. */
  get reason(): string | undefined {
    const { state } = this.source;
    return state.kind === 'waiting' ? state.reason : undefined;
  }

  async close(): Promise<void> {
    await this.source.stop();
    await this.bus.close();
  }
}
