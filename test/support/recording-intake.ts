import { Delivery, EventIntake, type HermesEvent } from '../../src/delivery/index.js';

export interface RecordedRejection {
  readonly source: string;
  readonly reason: string;
  readonly detail: string;
}

/** The real intake on a real core, which also writes down what its sources hand over. */
export class RecordingIntake extends EventIntake {
  readonly events: HermesEvent[] = [];
  readonly rejections: RecordedRejection[] = [];

  constructor() {
    super(aDelivery(), 1024 ** 2);
    this.onRejected((source, reason, detail) => this.rejections.push({ source, reason, detail }));
  }

  /** The bodies, as text, in the order of their coming. */
  get bodies(): string[] {
    return this.events.map(({ payload }) => payload.toString());
  }

  override accept(source: string, event: HermesEvent, byProducer?: boolean): void {
    this.events.push(event);
    super.accept(source, event, byProducer);
  }
}

function aDelivery(): Delivery {
  return new Delivery(
    {
      outbox: { bytes: 1024 ** 2, overflow: 'close' },
      retained: { bytes: 1024 ** 2, perTopic: 100 },
      pendingBytes: 1024 ** 2,
      subscriptionsPerSession: 100,
    },
    performance,
    setImmediate,
  );
}
