import { passesRole, type Identity } from './audience.js';
import type { Clock } from './clock.js';
import { EncodedEvent, type EventEncoder } from './encoded-event.js';
import type { HermesEvent } from './event.js';
import { FlushQueue } from './flush-queue.js';
import { Outbox, type OutboxLimits, type OutboxOwner, type Wire } from './outbox.js';
import { Pressure } from './pressure.js';
import { Remembered } from './remembered.js';
import { Replays, type ReplayStats } from './replays.js';
import { RetainedEvents, type RetainedLimits } from './retained-events.js';
import type { Room } from './room.js';
import { RoomFrames } from './room-frames.js';
import { RoomIndex, type RoomRouting } from './room-index.js';
import type { RoomEncoder } from './room-subscription.js';
import type { Schedule } from './schedule.js';
import { Subscriber } from './subscriber.js';
import { SubscriptionIndex, WILDCARD, type Topic } from './subscription-index.js';
import { UserIndex } from './user-index.js';

export interface DeliveryLimits {
  readonly outbox: OutboxLimits;
  readonly retained: RetainedLimits;
  /** Bytes waiting on the whole node before the sources pause. */
  readonly pendingBytes: number;
  /** Subscriptions and mutes of one session together. */
  readonly subscriptionsPerSession: number;
  /** Bytes of names that all sessions together make the node remember; absent for no bound. */
  readonly rememberedBytes?: number;
}

export interface DeliveryStats extends ReplayStats {
  /** Events from sources that nobody on this node could be shown. */
  unheard: number;
}

/**
 * A feature that reads the events of one channel, whoever they are addressed to: to bring them to its sessions in a way of
 * its own, or because nodes talk to each other there.
 *
 * @returns how many sessions got something because of the event; undefined where it was meant for the node itself
 */
export type ChannelListener = (event: HermesEvent) => number | undefined;

/**
 * The core: which session gets which event. Synchronous and single-threaded, so that the order in which a source gives
 * its events is the order in which every session receives them.
 */
export class Delivery {
  readonly remembered: Remembered;
  readonly index: SubscriptionIndex;
  readonly users = new UserIndex();
  readonly rooms: RoomIndex;
  readonly pressure: Pressure;
  readonly queue: FlushQueue;
  readonly retained: RetainedEvents;
  readonly stats: DeliveryStats = { delivered: 0, unheard: 0, replayed: 0, replayTruncated: 0 };
  readonly #replays: Replays;
  readonly #listeners = new Map<string, ChannelListener>();
  #deliveries = 0;

  constructor(
    private readonly limits: DeliveryLimits,
    readonly clock: Clock,
    schedule: Schedule,
    routing: RoomRouting = 'exact',
  ) {
    this.remembered = new Remembered(limits.rememberedBytes ?? Infinity);
    this.index = new SubscriptionIndex(this.remembered);
    this.pressure = new Pressure(limits.pendingBytes, schedule);
    this.queue = new FlushQueue(schedule, clock, this.pressure);
    this.retained = new RetainedEvents(clock, limits.retained);
    this.#replays = new Replays(this.retained, this.index, this.stats, limits.outbox.bytes / 2);
    this.rooms = new RoomIndex(routing, this.remembered);
  }

  /** Milliseconds of a core that replays have taken so far. */
  get replayWork(): number {
    return this.#replays.work;
  }

  /** @param lossless for a session that must not miss an event: it is given up where others would lose their oldest */
  connect(encoder: EventEncoder, wire: Wire, owner: OutboxOwner, lossless = false): Subscriber {
    const { outbox } = this.limits;
    const limits: OutboxLimits = lossless ? { ...outbox, overflow: 'close' } : outbox;
    return new Subscriber(encoder, new Outbox(wire, owner, this.queue, limits));
  }

  disconnect(subscriber: Subscriber): void {
    this.index.removeAll(subscriber);
    this.rooms.leaveAll(subscriber);
    this.users.identify(subscriber, undefined);
    for (const event of subscriber.muted ?? []) this.#unmute(subscriber, event);
    subscriber.outbox.close();
  }

  /** Shows every event of the channel to the listener too, internal ones included. @throws when the channel has one */
  listen(channel: string, listener: ChannelListener): void {
    if (this.#listeners.has(channel)) throw new Error(`two listeners for the channel ${channel}`);
    this.#listeners.set(channel, listener);
  }

  /** Whether a feature reads the channel as messages of its own. */
  listens(channel: string): boolean {
    return this.#listeners.has(channel);
  }

  /** Puts the event into the outbox of everybody who may see it and asked for it. */
  deliver(event: HermesEvent): void {
    this.retained.keep(event);
    const { audience } = event;
    const recipients = audience.kind === 'rooms' ? this.#trigger(event, audience.rooms) : this.#publish(event);
    if (recipients === 0) this.stats.unheard++;
    this.#settle(event, recipients ?? 0);
  }

  /**
   * Puts the event into the outbox of those among `subscribers` who asked for it, whoever it is addressed to: for a
   * feature that knows by itself who may see its events. It is not retained.
   */
  deliverTo(event: HermesEvent, subscribers: Iterable<Subscriber>): void {
    const topics = this.index.matching(event.channel, event.name);
    const encoded = new EncodedEvent(event);
    let recipients = 0;
    for (const subscriber of subscribers) {
      if (!subscriber.wants(topics, event.name)) continue;
      subscriber.outbox.push(encoded.frameFor(subscriber.encoder));
      recipients++;
    }
    this.#settle(event, recipients);
  }

  /** @returns false when the session already has as many subscriptions as it may */
  subscribe(subscriber: Subscriber, channel: string, event: string): boolean {
    const isMuted = subscriber.muted?.has(event);
    if (this.index.has(subscriber, channel, event)) {
      if (!isMuted) return true;
    } else if (!this.#hasRoom(subscriber)) return false;
    // A name that was muted is heard again on every channel, so that is where something may newly match.
    const channels = isMuted ? WILDCARD : channel;
    this.#replays.change(
      subscriber,
      (owner) => this.retained.under(channels, event, owner),
      () => {
        this.index.add(subscriber, channel, event);
        this.#unmute(subscriber, event);
      },
    );
    return true;
  }

  unsubscribe(subscriber: Subscriber, channel: string, event: string): void {
    this.#replays.change(
      subscriber,
      (owner) => this.retained.under(channel, event, owner),
      () => this.index.remove(subscriber, channel, event),
    );
  }

  /** Silences an event name on every channel until it is subscribed to by name. @returns false at the limit */
  mute(subscriber: Subscriber, event: string): boolean {
    if (subscriber.muted?.has(event)) return true;
    if (!this.#hasRoom(subscriber)) return false;
    this.#replays.change(
      subscriber,
      (owner) => this.retained.under(WILDCARD, event, owner),
      () => {
        (subscriber.muted ??= new Set()).add(event);
        this.remembered.addInterest(event.length);
      },
    );
    return true;
  }

  /** Makes the session a user's, another user's, or (undefined) anonymous; replays the retained events this opens. */
  identify(subscriber: Subscriber, identity: Identity | undefined): void {
    this.#replays.change(
      subscriber,
      (owner) => this.retained.narrowed(owner),
      () => this.users.identify(subscriber, identity),
    );
  }

  /** Replays every retained event the session may see and asked for, seen or not. */
  replay(subscriber: Subscriber): void {
    this.#replays.all(subscriber);
  }

  /**
   * Puts the session into a room under a reference, which from then on stands for no other room of this session.
   *
   * @returns false when the session already has as many subscriptions as it may
   */
  enter(subscriber: Subscriber, room: Room, reference: string, encoder: RoomEncoder): boolean {
    if (!this.rooms.has(subscriber, reference) && !this.#hasRoom(subscriber)) return false;
    this.rooms.enter(subscriber, room, reference, encoder);
    return true;
  }

  /** @returns false when there was no such subscription */
  leave(subscriber: Subscriber, reference: string): boolean {
    return this.rooms.leave(subscriber, reference);
  }

  #settle(event: HermesEvent, recipients: number): void {
    if (recipients === 0) return;
    this.stats.delivered += recipients;
    this.queue.watch(event.receivedAt);
  }

  /** @returns undefined for an event that was meant for the node itself */
  #publish(event: HermesEvent): number | undefined {
    const topics = this.index.matching(event.channel, event.name);
    const subscribed = topics.length === 0 ? 0 : this.#fanOut(event, topics);
    const listener = this.#listeners.get(event.channel);
    if (listener === undefined) return subscribed;
    const heard = listener(event);
    return heard === undefined && subscribed === 0 ? undefined : subscribed + (heard ?? 0);
  }

  /** A session gets a copy for each of its subscriptions that a room in the list reaches. */
  #trigger(event: HermesEvent, rooms: readonly Room[]): number {
    const frames = new RoomFrames(event);
    let recipients = 0;
    for (const room of rooms) {
      for (const { subscriptions } of this.rooms.reachedBy(room)) {
        for (const subscription of subscriptions) {
          subscription.subscriber.outbox.push(frames.frameFor(subscription));
          recipients++;
        }
      }
    }
    this.rooms.stats.pushed += recipients;
    return recipients;
  }

  #fanOut(event: HermesEvent, topics: readonly Topic[]): number {
    const encoded = new EncodedEvent(event);
    switch (event.audience.kind) {
      case 'internal':
      case 'rooms':
        return 0;
      case 'broadcast':
        return this.#broadcast(encoded, topics, event.audience.role);
      case 'direct':
        return this.#direct(encoded, topics, event.audience.userId, event.audience.role);
    }
  }

  #broadcast(encoded: EncodedEvent, topics: readonly Topic[], role: string | undefined): number {
    const { name } = encoded.event;
    const delivery = ++this.#deliveries;
    let recipients = 0;
    for (const topic of topics) {
      for (const subscriber of topic.subscribers) {
        if (subscriber.lastDelivery === delivery) continue;
        if (role !== undefined && !passesRole(role, subscriber.identity?.role)) continue;
        if (subscriber.muted !== undefined && subscriber.muted.has(name)) continue;
        subscriber.lastDelivery = delivery;
        subscriber.outbox.push(encoded.frameFor(subscriber.encoder));
        recipients++;
      }
    }
    return recipients;
  }

  #direct(encoded: EncodedEvent, topics: readonly Topic[], userId: string, role: string | undefined): number {
    let recipients = 0;
    for (const subscriber of this.users.sessionsOf(userId) ?? []) {
      if (!passesRole(role, subscriber.identity?.role)) continue;
      if (!subscriber.wants(topics, encoded.event.name)) continue;
      subscriber.outbox.push(encoded.frameFor(subscriber.encoder));
      recipients++;
    }
    return recipients;
  }

  #unmute({ muted }: Subscriber, event: string): void {
    if (muted?.delete(event)) this.remembered.addInterest(event.length, -1);
  }

  #hasRoom({ topics, muted, rooms, identity }: Subscriber): boolean {
    if (!this.remembered.hasRoom(identity === undefined)) return false;
    return topics.size + (muted?.size ?? 0) + (rooms?.size ?? 0) < this.limits.subscriptionsPerSession;
  }
}
