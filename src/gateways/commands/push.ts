import { EncodedEvent, type Subscriber } from '../../delivery/index.js';
import type { Status } from './outcome.js';

/** What is sent to sessions without being asked: written once for each encoder among them, however many they are. */
export class Push {
  /** Of the payload. */
  readonly bytes: number;
  readonly #encoded: EncodedEvent;

  /** @param payload JSON */
  constructor(event: string, status: Status, payload: string) {
    const bytes = Buffer.from(payload);
    this.bytes = bytes.length;
    // To the encoder of this dialect a push is an event whose channel is its status: it gets no others.
    this.#encoded = new EncodedEvent({
      channel: status,
      name: event,
      audience: { kind: 'internal' },
      retention: undefined,
      cacheKey: undefined,
      payload: bytes,
      receivedAt: performance.now(),
    });
  }

  to({ outbox, encoder }: Subscriber): void {
    outbox.push(this.#encoded.frameFor(encoder));
  }
}
