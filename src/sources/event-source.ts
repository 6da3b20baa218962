/** Where a source stands, for readiness, metrics and the operator. */
export type SourceState =
  { readonly kind: 'consuming' } | { readonly kind: 'waiting'; readonly reason: string } | { readonly kind: 'stopped' };

/**
 * A module that brings events in.
 *
 * **Called** `start` once after boot, `pause` and `resume` in turn any number of times, `stop` once before shutdown.
 * **Guarantees** asked of you: events of one channel reach the intake in the order in which the broker gave them; a
 * message you cannot make sense of is rejected at the intake and never comes back; between `pause` and `resume`, and
 * after `stop` has resolved, no event reaches the intake; what is held meanwhile is bounded.
 * **On failure** nothing is thrown: a source that has lost its broker says `waiting`, comes back by itself with
 * jittered back-off and says `consuming` again. It never stops Hermes.
 * **Wiring** provide it in a module of its own and register it with the `SourceRegistry`.
 */
export abstract class EventSource {
  /** A fixed word, used as a metric label: `rabbitmq`, `kafka`, `nats`. */
  abstract readonly name: string;
  abstract readonly state: SourceState;
  /** What went wrong or came back, counted since start, by fixed words used as metric labels. */
  abstract readonly stats: Readonly<Record<string, number>>;
  /** Begins to connect and returns at once. */
  abstract start(): void;
  abstract pause(): void;
  abstract resume(): void;
  /** Takes no further event; resolves when the last one in hand has been passed on or given back. */
  abstract stop(): Promise<void>;
}
