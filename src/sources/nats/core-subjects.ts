import type { Msg, NatsConnection as Connection, Subscription } from '@nats-io/transport-node';
import { settled } from '../index.js';
import { sentenceOf } from './fault.js';

export interface CoreSubjectsListener {
  /** @param subject as it was subscribed, which may have wildcards */
  received(subject: string, message: Msg): void;
  subjectRefused(subject: string, reason: string): void;
  subjectAccepted(subject: string): void;
}

const FAREWELL = 2_000;

/** The core subjects this node listens to; one that is refused leaves the others alone and is asked for again. */
export class CoreSubjects {
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #refusals = new Map<string, string>();

  constructor(
    private readonly subjects: readonly string[],
    private readonly listener: CoreSubjectsListener,
  ) {}

  /** Why one of them is not listened to. */
  get refusal(): string | undefined {
    for (const [subject, reason] of this.#refusals) return `subject ${subject}: ${reason}`;
    return undefined;
  }

  /** Subscribes to what is not subscribed yet; resolves when the server has answered. */
  async subscribe(connection: Connection): Promise<void> {
    for (const subject of this.subjects) {
      if (!this.#subscriptions.has(subject)) this.#open(connection, subject);
    }
    await connection.flush();
    // A refusal comes before the answer to the flush.
    for (const subject of this.#subscriptions.keys()) {
      if (this.#refusals.delete(subject)) this.listener.subjectAccepted(subject);
    }
  }

  /** The connection is gone, and the subscriptions with it. */
  lost(): void {
    this.#subscriptions.clear();
  }

  /** Ends them; what is on its way still comes, and nothing once this has resolved. */
  async drain(): Promise<void> {
    const draining = [...this.#subscriptions.values()].map((subscription) => subscription.drain());
    await settled(FAREWELL, Promise.allSettled(draining));
    for (const subscription of this.#subscriptions.values()) subscription.unsubscribe();
    this.#subscriptions.clear();
  }

  #open(connection: Connection, subject: string): void {
    const subscription = connection.subscribe(subject, {
      callback: (error, message) => {
        if (error) this.#refused(subject, subscription, sentenceOf(error));
        else this.listener.received(subject, message);
      },
    });
    this.#subscriptions.set(subject, subscription);
  }

  #refused(subject: string, subscription: Subscription, reason: string): void {
    if (this.#subscriptions.get(subject) !== subscription) return;
    this.#subscriptions.delete(subject);
    if (this.#refusals.get(subject) !== reason) this.listener.subjectRefused(subject, reason);
    this.#refusals.set(subject, reason);
  }
}
