/** Milliseconds each. */
export class PresenceTimes {
  /** How long a user whose last session has ended is waited for before it is told that he has gone. */
  readonly grace: number = 2_000;
  /** How often it is looked whether something has fallen due. */
  readonly tick: number = 250;
  /** How often a node says that it is alive. */
  readonly renewal: number = 2_000;
  /** How long it is believed. */
  readonly lease: number = 6_000;
}
