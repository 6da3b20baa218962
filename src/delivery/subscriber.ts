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
  /** Retained events this session has been given and does not match any more; made when there is one. */
  seen: Set<number> | undefined;
  /** Retained events looked at because of what this session asked for, until {@link takeLooked} is called. */
  looked = 0;
  /** Number of the last delivery: keeps a session that matches twice from getting two copies. */
  lastDelivery = 0;

  constructor(
    readonly encoder: EventEncoder,
    readonly outbox: Outbox,
  ) {}

  /** How much work its commands have been since this was last called, in retained events looked at. */
  takeLooked(): number {
    const { looked } = this;
    this.looked = 0;
    return looked;
  }

  /** Whether it subscribed to an event that falls under these topics, and has not muted it. */
  wants(topics: readonly Topic[], event: string): boolean {
    if (this.muted?.has(event)) return false;
    for (const topic of topics) if (this.topics.has(topic)) return true;
    return false;
  }
}
