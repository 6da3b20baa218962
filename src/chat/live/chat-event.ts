import type { ServerEvent, ServerEventName } from '@hermes/protocol';
import type { Audience, HermesEvent } from '../../delivery/index.js';

/** The channel on which clients of the other dialects see what chat has for them. */
export const CHAT_CHANNEL = 'chat';

/** What may be in an event: the field of `ServerEvent` that holds it. */
export type ChatEventField = Exclude<ServerEventName, 'ack' | 'joined' | 'resumed' | 'error'>;

/**
 * Something for some users' sessions. For gRPC it is a `ServerEvent`; for the other dialects an event on the channel
 * `chat`, its payload the JSON form of the same message. Each is made when the first recipient needs it.
 */
export class ChatEvent implements HermesEvent {
  readonly channel = CHAT_CHANNEL;
  /** It is delivered to sessions that chat has chosen, so it is addressed to nobody. */
  readonly audience: Audience = { kind: 'internal' };
  readonly retention = undefined;
  readonly cacheKey = undefined;
  readonly receivedAt = performance.now();
  #payload: Buffer | undefined;

  /** @param name on the channel `chat` */
  constructor(
    private readonly field: ChatEventField,
    private readonly content: object,
    readonly name: string = field,
  ) {}

  get serverEvent(): ServerEvent {
    return { event: this.field, [this.field]: this.content };
  }

  get payload(): Buffer {
    return (this.#payload ??= Buffer.from(JSON.stringify(this.content)));
  }
}
