import { Injectable, Logger } from '@nestjs/common';
import { EventBus, type HermesEvent } from '../../delivery/index.js';
import { DeliveryConfig } from '../../sessions/index.js';
import { Refusal } from '../websocket/index.js';
import type { PublishCommand } from './topics.commands.js';
import { TopicsConfig } from './topics.config.js';
import { failure } from './topics.dialect.js';

/** Puts what clients publish on the bus: for subscribers of every dialect, on every node. */
@Injectable()
export class TopicPublisher {
  readonly #logger = new Logger(TopicPublisher.name);

  constructor(
    private readonly bus: EventBus,
    private readonly config: TopicsConfig,
    private readonly limits: DeliveryConfig,
  ) {}

  /** @throws {Refusal} when the data is too large or the bus does not take it */
  async publish({ channel, data }: PublishCommand): Promise<void> {
    const payload = Buffer.from(data);
    const { maxEvent } = this.limits;
    if (payload.length > maxEvent) throw new Refusal(400, failure(`data must not be larger than ${maxEvent} bytes`));
    const event: HermesEvent = {
      channel,
      name: this.config.event,
      audience: { kind: 'broadcast', role: undefined },
      retention: undefined,
      cacheKey: undefined,
      payload,
      receivedAt: performance.now(),
    };
    const outcome = await this.bus.publish([event]);
    if (outcome.kind === 'published') return;
    // Why is for the operator alone: it may name hosts.
    this.#logger.debug('topic.publish.failed', { reason: outcome.reason });
    throw new Refusal(503, failure('nothing can be published at the moment, try again'));
  }
}
