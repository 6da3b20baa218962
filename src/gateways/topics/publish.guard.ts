import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { CHAT_CHANNEL, STATUS_CHANNEL } from '@hermes/protocol';
import { Delivery } from '../../delivery/index.js';
import { Refusal, type CommandCall } from '../websocket/index.js';
import { mayPublish, publishPolicy, type PublishPolicy } from './publish-policy.js';
import type { PublishCommand } from './topics.commands.js';
import { TopicsConfig } from './topics.config.js';

/** What Hermes itself says there is believed by clients. */
const OURS: ReadonlySet<string> = new Set([STATUS_CHANNEL, CHAT_CHANNEL]);

/** Lets those publish whom the operator chose, and nobody where a client could pass for Hermes or for a producer. */
@Injectable()
export class PublishGuard implements CanActivate {
  readonly #policy: PublishPolicy;

  constructor(
    config: TopicsConfig,
    private readonly delivery: Delivery,
  ) {
    this.#policy = publishPolicy(config.publish);
  }

  canActivate(context: ExecutionContext): boolean {
    const { body, session } = context.switchToWs().getData<CommandCall>();
    const { topic, channel } = body as PublishCommand;
    const isReserved = OURS.has(channel) || this.delivery.listens(channel);
    if (!isReserved && mayPublish(this.#policy, session.identity)) return true;
    throw new Refusal(403, `Not allowed to publish to ${topic}`);
  }
}
