import { WebSocket, type ClientOptions, type RawData } from 'ws';
import type { Socket, SocketEvents } from './socket.js';

/** Milliseconds for a server to take a connection, and to say goodbye. */
const HANDSHAKE_TIMEOUT = 10_000;
const CLOSE_TIMEOUT = 1_000;

/** A socket for Node, made with `ws`. */
export function openWsSocket(url: string, events: SocketEvents): Socket {
  // The typings of ws have not heard of `closeTimeout` yet.
  const options: ClientOptions & { closeTimeout: number } = {
    perMessageDeflate: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT,
    closeTimeout: CLOSE_TIMEOUT,
  };
  const socket = new WebSocket(url, options);
  let failure = '';
  socket.on('open', () => events.opened());
  socket.on('message', (data: RawData) => events.received(data.toString()));
  socket.on('error', (error: Error & { code?: string }) => {
    // A host name with several addresses fails with an error that has only a code.
    failure = error.message || (error.code ?? 'connection failed');
  });
  socket.on('close', (code, reason) => events.closed(code, reason.toString() || failure));
  return { send: (text) => socket.send(text), close: () => socket.close(1000), drop: () => socket.terminate() };
}
