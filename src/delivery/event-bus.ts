import type { HermesEvent } from './event.js';
import type { EventIntake } from './intake.js';

export type PublishOutcome = { readonly kind: 'published' } | { readonly kind: 'unavailable'; readonly reason: string };

/**
 * Carries an event that was published through this node to every node of the cluster, this one included.
 *
 * **Called** with events whose payload is JSON and whose names are valid, in the order they are to be delivered.
 * **Guarantees** asked of you: all events of one call reach every node in order, or `unavailable` is answered.
 * **On failure** return `unavailable` with a sentence for the publisher, which says so where the events may still be
 * delivered; never buffer without a bound, never throw.
 * **Wiring** bound in the application module: the broker's bus when a broker is configured, else {@link LocalBus}.
 */
export abstract class EventBus {
  /** What became of publications, and what happened to the connection, by fixed words used as metric labels. */
  readonly stats: Readonly<Record<string, number>> = {};

  /** Why nothing can be published just now; undefined when all is well. */
  get trouble(): string | undefined {
    return undefined;
  }

  /** Whether the trouble may be this node's alone: it is then not the one to send clients to. */
  get isolated(): boolean {
    return this.trouble !== undefined;
  }

  abstract publish(events: readonly HermesEvent[]): Promise<PublishOutcome>;
}

/** The bus of a node that stands alone. */
export class LocalBus extends EventBus {
  constructor(private readonly intake: EventIntake) {
    super();
  }

  override publish(events: readonly HermesEvent[]): Promise<PublishOutcome> {
    for (const event of events) this.intake.accept('local', event);
    return Promise.resolve({ kind: 'published' });
  }
}
