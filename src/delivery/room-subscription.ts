import type { HermesEvent } from './event.js';
import type { Room } from './room.js';
import type { Subscriber } from './subscriber.js';

/** How a dialect writes an event for one subscription of a session: it says which one in the frame. */
export interface RoomEncoder {
  /**
   * The complete bytes as they go to the socket. Called once per event and reference.
   *
   * @param reference what the client calls the subscription, as JSON text
   */
  encode(event: HermesEvent, reference: string): Buffer;
}

/** A room that somebody subscribed to. */
export class OccupiedRoom {
  readonly subscriptions = new Set<RoomSubscription>();

  constructor(readonly room: Room) {}
}

/** One session in one room under one reference. A session in a room under two references gets two copies. */
export interface RoomSubscription {
  readonly subscriber: Subscriber;
  readonly occupied: OccupiedRoom;
  readonly reference: string;
  readonly encoder: RoomEncoder;
}
