import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Delivery, EventIntake, type HermesEvent } from '../../delivery/index.js';
import { Callers } from './callers.js';
import { CommandsConfig } from './commands.config.js';
import { readFeedMessage } from './feed-message.js';
import { LiveQueries } from './live-queries.js';
import { Push } from './push.js';
import { Reloads } from './reloads.js';

/** Brings what producers say on the feed's channel to the sessions of this node; each node does so for its own. */
@Injectable()
export class Feed implements OnModuleInit {
  constructor(
    private readonly config: CommandsConfig,
    private readonly delivery: Delivery,
    private readonly intake: EventIntake,
    private readonly callers: Callers,
    private readonly live: LiveQueries,
    private readonly reloads: Reloads,
  ) {}

  onModuleInit(): void {
    if (this.config.on) this.delivery.listen(this.config.feed, (event) => this.#take(event));
  }

  /** @returns how many sessions are concerned */
  #take({ payload }: HermesEvent): number {
    const read = readFeedMessage(payload);
    if (!read.ok) {
      this.intake.reject('commands', 'bad_feed_message', read.reason);
      return 0;
    }
    const { message } = read;
    switch (message.kind) {
      case 'update':
        return sum(message.ids, (id) => this.live.update(id, message.payload));
      case 'reload':
        return sum(message.ids, (id) => this.reloads.request(id));
      case 'notification':
        return this.#notify(message.userId, message.payload);
    }
  }

  #notify(userId: string, payload: string): number {
    const sessions = [...(this.delivery.users.sessionsOf(userId) ?? [])].filter((one) => this.callers.has(one));
    if (sessions.length === 0) return 0;
    const push = new Push('notifications', 'ok', payload);
    for (const session of sessions) push.to(session);
    return sessions.length;
  }
}

function sum(ids: Iterable<string>, count: (id: string) => number): number {
  let total = 0;
  for (const id of ids) total += count(id);
  return total;
}
