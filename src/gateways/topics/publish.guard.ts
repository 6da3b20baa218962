import { Injectable, Optional, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ChatService } from '../../chat/index.js';
import { Delivery, EventIntake } from '../../delivery/index.js';
import { Refusal, type CommandCall } from '../websocket/index.js';
import { isForClients, mayPublish, ourChannels, publishPolicy, type PublishPolicy } from './publish-policy.js';
import type { PublishCommand } from './topics.commands.js';
import { TopicsConfig } from './topics.config.js';

/** Lets those publish whom the operator chose, and nobody where a client could pass for Hermes or for a producer. */
@Injectable()
export class PublishGuard implements CanActivate {
  readonly #policy: PublishPolicy;
  readonly #isOurs: (channel: string) => boolean;

  constructor(
    private readonly config: TopicsConfig,
    delivery: Delivery,
    { producers }: EventIntake,
    @Optional() chat?: ChatService,
  ) {
    this.#policy = publishPolicy(config.publish);
    this.#isOurs = ourChannels(chat !== undefined, (channel) => delivery.listens(channel) || producers.has(channel));
  }

  canActivate(context: ExecutionContext): boolean {
    const { body, session } = context.switchToWs().getData<CommandCall>();
    const { topic, channel } = body as PublishCommand;
    const isFree = isForClients(channel, this.config.publishPrefixes, this.#isOurs);
    if (isFree && mayPublish(this.#policy, session.identity)) return true;
    throw new Refusal(403, `Not allowed to publish to ${topic}`);
  }
}
