import type { HermesEvent } from './event.js';
import type { RoomEncoder, RoomSubscription } from './room-subscription.js';

/** An event for rooms with its frames: encoded once for each reference, whoever uses it. */
export class RoomFrames {
  readonly #frames = new Map<RoomEncoder, Map<string, Buffer>>();

  constructor(private readonly event: HermesEvent) {}

  frameFor({ encoder, reference }: RoomSubscription): Buffer {
    let frames = this.#frames.get(encoder);
    if (frames === undefined) this.#frames.set(encoder, (frames = new Map<string, Buffer>()));
    let frame = frames.get(reference);
    if (frame === undefined) frames.set(reference, (frame = encoder.encode(this.event, reference)));
    return frame;
  }
}
