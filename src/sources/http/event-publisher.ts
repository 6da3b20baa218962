import { setTimeout } from 'node:timers/promises';
import { Injectable, ServiceUnavailableException, type HttpException } from '@nestjs/common';
import { Delivery, EventBus, EventIntake, type HermesEvent } from '../../delivery/index.js';
import { DeliveryConfig } from '../../sessions/index.js';

/** Milliseconds between two looks at whether slow readers have caught up. */
const LOOK_AGAIN = 20;

/** What every request to publish needs of the rest of Hermes. */
@Injectable()
export class EventPublisher {
  readonly maxEvent: number;

  constructor(
    private readonly bus: EventBus,
    private readonly intake: EventIntake,
    private readonly delivery: Delivery,
    config: DeliveryConfig,
  ) {
    this.maxEvent = config.maxEvent;
  }

  /** @returns what is answered when the bus did not take them */
  async publish(events: readonly HermesEvent[]): Promise<HttpException | undefined> {
    const outcome = await this.bus.publish(events);
    return outcome.kind === 'published' ? undefined : new ServiceUnavailableException(outcome.reason);
  }

  reject(detail: string): void {
    this.intake.reject('http', 'bad_request', detail);
  }

  /** Resolves when the node has room for more: a stream goes on no faster than the other sources. */
  async room(): Promise<void> {
    while (this.delivery.pressure.high) await setTimeout(LOOK_AGAIN);
  }
}
