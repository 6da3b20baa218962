/**
 * A ping of the WebSocket protocol itself (RFC 6455, 5.5.2), for dialects without one of their own: browsers and libraries
 * answer it without the client's knowing. With this very buffer for its ping, a dialect takes that answer for the pong.
 */
export const PING_FRAME = Buffer.from([0x89, 0x00]);

/** The answer to a ping of a client. */
export function pongFrame(data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x8a, data.length]), data]);
}
