import { createHash } from 'node:crypto';
import type { HermesEvent } from '../../delivery/index.js';
import { headersOf } from '../index.js';

/**
 * Gives the events of a request with an Idempotency-Key ids, by which every node knows them again when the request is sent
 * once more, to whatever node. An id depends on the key, the place in the request, and the event itself: under another
 * body the key stands for other events. The key itself does not travel.
 */
export class OnceIds {
  #index = 0;

  constructor(private readonly key: string) {}

  mark(events: readonly HermesEvent[]): readonly HermesEvent[] {
    return events.map((event) => ({ ...event, once: this.#idOf(event) }));
  }

  #idOf(event: HermesEvent): string {
    const about = JSON.stringify([this.key, this.#index++, headersOf(event)]);
    return createHash('sha256').update(about).update(event.payload).digest('base64url').slice(0, 22);
  }
}
