import type { HermesEvent } from './event.js';

/** How one dialect writes an event on the wire. */
export interface EventEncoder {
  /** The complete bytes as they go to the socket, transport framing included. Called once per event and encoder. */
  encode(event: HermesEvent): Buffer;
}

/** An event with its frames: each dialect encodes it once, however many sessions receive it. */
export class EncodedEvent {
  #encoder: EventEncoder | undefined;
  #frame: Buffer | undefined;
  #others: Map<EventEncoder, Buffer> | undefined;

  constructor(readonly event: HermesEvent) {}

  /** The usual case, every recipient speaking the same dialect, costs one comparison. */
  frameFor(encoder: EventEncoder): Buffer {
    if (this.#encoder === encoder && this.#frame !== undefined) return this.#frame;
    let frame = this.#others?.get(encoder);
    if (frame === undefined) {
      frame = encoder.encode(this.event);
      this.#others ??= new Map();
      this.#others.set(encoder, frame);
    }
    this.#encoder = encoder;
    this.#frame = frame;
    return frame;
  }
}
