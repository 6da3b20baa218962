import { WebSocket } from 'ws';
import type { Guest } from './guest.js';

/**
 * A client's WebSocket that says so when the closing handshake is done on our side. The event `close` of `ws` comes when
 * the TCP connection has gone, which is up to the client, and until then it would hold its place.
 */
export class ClientSocket extends WebSocket {
  /** What its endpoint keeps of the client; here, so that listeners are shared by all clients. */
  guest: Guest | undefined;

  /** `ws` calls this to answer a close frame, or to refuse a frame that is none. */
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason);
    this.emit('concluded');
  }

  /** Closes it from our side; `concluded` comes with the client's answer. */
  end(code: number, reason: string): void {
    super.close(code, reason);
  }
}
