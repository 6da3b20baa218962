import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { EventBus, EventIntake, type HermesEvent, type PublishOutcome } from '../delivery/index.js';
import { tellPrimary, onPrimary } from './worker-channel.js';

/** The bus of workers without a broker: the primary process hands every event to each of them, in one order. */
@Injectable()
export class WorkersBus extends EventBus implements OnApplicationShutdown {
  readonly #end: () => void;

  constructor(intake: EventIntake) {
    super();
    this.#end = onPrimary((message) => {
      if (message.hermes !== 'events') return;
      // Monotonic clocks start anew in each process.
      const receivedAt = performance.now();
      for (const event of message.events) intake.accept('workers', { ...event, receivedAt });
    });
  }

  override async publish(events: readonly HermesEvent[]): Promise<PublishOutcome> {
    try {
      await tellPrimary({ hermes: 'publish', events });
      return { kind: 'published' };
    } catch {
      return { kind: 'unavailable', reason: 'this worker has lost its primary process' };
    }
  }

  onApplicationShutdown(): void {
    this.#end();
  }
}
