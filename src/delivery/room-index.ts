import { Remembered } from './remembered.js';
import { shapeOf, type Room } from './room.js';
import { RoomShape } from './room-shape.js';
import { OccupiedRoom, type RoomEncoder, type RoomSubscription } from './room-subscription.js';
import type { Subscriber } from './subscriber.js';

/** How often the text of a room is held: whole, and in parts as keys and values. */
const COPIES = 2;
/** What a subscription to a room takes beside its reference, in characters. */
const ROOM_INTEREST = 100;

/**
 * Whom a trigger for a room reaches: `exact`, those in the very same room, where `*` is a value like any other; or
 * `wildcard`, where `*` on either side stands for any value of its key.
 */
export type RoomRouting = 'exact' | 'wildcard';

/**
 * Who is in which room. A trigger costs one look-up a room, with wildcard routing one for each wildcard mask in use for
 * its keys; never a look at all rooms. Closing a session costs its own subscriptions only.
 */
export class RoomIndex {
  readonly #rooms = new Map<string, OccupiedRoom>();
  /** Kept under wildcard routing alone. */
  readonly #shapes = new Map<string, RoomShape>();
  readonly stats = { pushed: 0 };
  #size = 0;

  constructor(
    readonly routing: RoomRouting,
    private readonly remembered = new Remembered(Infinity),
  ) {}

  /** How many subscriptions there are. */
  get size(): number {
    return this.#size;
  }

  /** How many distinct rooms somebody is in. */
  get rooms(): number {
    return this.#rooms.size;
  }

  has(subscriber: Subscriber, reference: string): boolean {
    return subscriber.rooms?.has(reference) ?? false;
  }

  /** Puts the session into the room; a reference that is in use for another room leaves that one. */
  enter(subscriber: Subscriber, room: Room, reference: string, encoder: RoomEncoder): void {
    const earlier = subscriber.rooms?.get(reference);
    if (earlier?.occupied.room.text === room.text) return;
    if (earlier !== undefined) this.#drop(earlier);
    const occupied = this.#occupy(room);
    const subscription = { subscriber, occupied, reference, encoder };
    occupied.subscriptions.add(subscription);
    (subscriber.rooms ??= new Map<string, RoomSubscription>()).set(reference, subscription);
    this.remembered.addInterest(2 * reference.length + ROOM_INTEREST);
    this.#size++;
  }

  /** @returns false when there was no such subscription */
  leave(subscriber: Subscriber, reference: string): boolean {
    const subscription = subscriber.rooms?.get(reference);
    if (subscription === undefined) return false;
    this.#drop(subscription);
    return true;
  }

  leaveAll(subscriber: Subscriber): void {
    for (const subscription of subscriber.rooms?.values() ?? []) this.#drop(subscription);
  }

  /** The rooms that a trigger for this one reaches. */
  reachedBy(trigger: Room): readonly OccupiedRoom[] {
    if (this.routing === 'wildcard') return this.#shapes.get(shapeOf(trigger))?.reachedBy(trigger) ?? [];
    const occupied = this.#rooms.get(trigger.text);
    return occupied === undefined ? [] : [occupied];
  }

  #occupy(room: Room): OccupiedRoom {
    let occupied = this.#rooms.get(room.text);
    if (occupied !== undefined) return occupied;
    this.#rooms.set(room.text, (occupied = new OccupiedRoom(room)));
    this.remembered.addName(COPIES * room.text.length);
    if (this.routing === 'wildcard') this.#shapeFor(room).add(occupied);
    return occupied;
  }

  #shapeFor(room: Room): RoomShape {
    const key = shapeOf(room);
    let shape = this.#shapes.get(key);
    if (shape === undefined) this.#shapes.set(key, (shape = new RoomShape()));
    return shape;
  }

  #drop({ subscriber, occupied, reference }: RoomSubscription): void {
    const subscription = subscriber.rooms?.get(reference);
    if (subscription === undefined) return;
    subscriber.rooms?.delete(reference);
    occupied.subscriptions.delete(subscription);
    this.remembered.addInterest(2 * subscription.reference.length + ROOM_INTEREST, -1);
    this.#size--;
    if (occupied.subscriptions.size > 0) return;
    this.#rooms.delete(occupied.room.text);
    this.remembered.addName(COPIES * occupied.room.text.length, -1);
    const key = shapeOf(occupied.room);
    const shape = this.#shapes.get(key);
    shape?.delete(occupied);
    if (shape?.empty) this.#shapes.delete(key);
  }
}
