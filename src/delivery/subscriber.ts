import type { Identity } from './audience.js';
import type { EventEncoder } from './encoded-event.js';
import type { Outbox } from './outbox.js';
import type { RoomSubscription } from './room-subscription.js';
import type { Topic } from './subscription-index.js';

/** What delivery knows of a session. Only the core writes these fields. */
export class Subscriber {
  /** Undefined while the session is anonymous. */
  identity: Identity | undefined;
  readonly topics = new Set<Topic>();
  /** Event names silenced on every channel; made when the first one is. */
  muted: Set<string> | undefined;
  /** Rooms it is in, by what the client calls each subscription; made with the first one. */
  rooms: Map<string, RoomSubscription> | undefined;
  /** Retained events this session has already been given; made when the first one is. */
  seen: Set<number> | undefined;
  /** Number of the last delivery: keeps a session that matches twice from getting two copies. */
  lastDelivery = 0;

  constructor(
    readonly encoder: EventEncoder,
    readonly outbox: Outbox,
  ) {}

  /** Whether it subscribed to an event that falls under these topics, and has not muted it. */
  wants(topics: readonly Topic[], event: string): boolean {
    if (this.muted?.has(event)) return false;
    for (const topic of topics) if (this.topics.has(topic)) return true;
    return false;
  }
}
