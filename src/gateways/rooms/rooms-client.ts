import type { ForwardedHeaders } from './forwarded-headers.js';
import type { RoomGrants } from './room-grants.js';

/** What the gateway remembers of a client that the back end has let in. */
export interface RoomsClient {
  readonly grants: RoomGrants;
  /** Kept for the disconnect hook. */
  readonly headers: ForwardedHeaders;
  /** Over when the connect hook is, so that the back end hears of coming and going in this order. */
  readonly announced: Promise<void>;
}
