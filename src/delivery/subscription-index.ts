import { Remembered } from './remembered.js';
import type { Subscriber } from './subscriber.js';

/** In place of a channel or an event name: every one of them. */
export const WILDCARD = '***';

/** One (channel, event) pair that somebody subscribed to; either may be the wildcard. */
export class Topic {
  readonly subscribers = new Set<Subscriber>();

  constructor(
    readonly channel: string,
    readonly event: string,
  ) {}
}

/**
 * Who subscribed to what. An event finds its topics in at most four look-ups, whatever else is connected; closing a
 * session costs its own subscriptions only.
 */
export class SubscriptionIndex {
  readonly #channels = new Map<string, Map<string, Topic>>();
  #size = 0;

  constructor(private readonly remembered = new Remembered(Infinity)) {}

  /** How many (session, topic) pairs there are. */
  get size(): number {
    return this.#size;
  }

  /** How many distinct topics have a subscriber. */
  get topics(): number {
    let count = 0;
    for (const topics of this.#channels.values()) count += topics.size;
    return count;
  }

  has(subscriber: Subscriber, channel: string, event: string): boolean {
    const topic = this.#channels.get(channel)?.get(event);
    return topic !== undefined && subscriber.topics.has(topic);
  }

  add(subscriber: Subscriber, channel: string, event: string): void {
    const topic = this.#topic(channel, event);
    if (subscriber.topics.has(topic)) return;
    subscriber.topics.add(topic);
    topic.subscribers.add(subscriber);
    this.remembered.addInterest(0);
    this.#size++;
  }

  /** Removes one topic; with the wildcard as event, the whole channel. */
  remove(subscriber: Subscriber, channel: string, event: string): void {
    for (const topic of subscriber.topics) {
      if (topic.channel === channel && (event === WILDCARD || topic.event === event)) this.#drop(subscriber, topic);
    }
  }

  removeAll(subscriber: Subscriber): void {
    for (const topic of subscriber.topics) this.#drop(subscriber, topic);
  }

  /** The topics an event falls under: four at most. */
  matching(channel: string, event: string): Topic[] {
    const found: Topic[] = [];
    this.#collect(found, channel, event);
    if (channel !== WILDCARD) this.#collect(found, WILDCARD, event);
    return found;
  }

  #collect(found: Topic[], channel: string, event: string): void {
    const topics = this.#channels.get(channel);
    if (topics === undefined) return;
    const exact = topics.get(event);
    if (exact !== undefined) found.push(exact);
    const any = topics.get(WILDCARD);
    if (any !== undefined && any !== exact) found.push(any);
  }

  #topic(channel: string, event: string): Topic {
    let topics = this.#channels.get(channel);
    if (topics === undefined) this.#channels.set(channel, (topics = new Map<string, Topic>()));
    let topic = topics.get(event);
    if (topic === undefined) {
      topics.set(event, (topic = new Topic(channel, event)));
      this.remembered.addName(channel.length + event.length);
    }
    return topic;
  }

  #drop(subscriber: Subscriber, topic: Topic): void {
    subscriber.topics.delete(topic);
    topic.subscribers.delete(subscriber);
    this.remembered.addInterest(0, -1);
    this.#size--;
    if (topic.subscribers.size > 0) return;
    this.remembered.addName(topic.channel.length + topic.event.length, -1);
    const topics = this.#channels.get(topic.channel);
    topics?.delete(topic.event);
    if (topics?.size === 0) this.#channels.delete(topic.channel);
  }
}
