import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Refusal, type CommandCall } from '../websocket/index.js';
import { mayPublish, publishPolicy, type PublishPolicy } from './publish-policy.js';
import type { PublishCommand } from './topics.commands.js';
import { TopicsConfig } from './topics.config.js';

/** Lets those publish whom the operator chose. */
@Injectable()
export class PublishGuard implements CanActivate {
  readonly #policy: PublishPolicy;

  constructor(config: TopicsConfig) {
    this.#policy = publishPolicy(config.publish);
  }

  canActivate(context: ExecutionContext): boolean {
    const { body, session } = context.switchToWs().getData<CommandCall>();
    if (mayPublish(this.#policy, session.identity)) return true;
    throw new Refusal(403, `Not allowed to publish to ${(body as PublishCommand).topic}`);
  }
}
