import type { EventEncoder, HermesEvent } from '../../delivery/index.js';
import { ChatEvent } from '../live/index.js';
import { frameOf } from './chat-proto.js';

const NOTHING = Buffer.alloc(0);

/** Chat events for gRPC, encoded once for all streams. Whatever else somebody sends to the channel is not for them. */
export class ServerEventEncoder implements EventEncoder {
  encode(event: HermesEvent): Buffer {
    return event instanceof ChatEvent ? frameOf(event.serverEvent) : NOTHING;
  }
}
