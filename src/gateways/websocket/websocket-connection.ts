import { writeSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import type { Connection } from '../../sessions/index.js';
import type { ClientSocket } from './client-socket.js';

const NOTHING = Buffer.alloc(0);
/** `WebSocket.OPEN`. */
const OPEN = 1;

/** A TCP socket as Node has it: the handle is taken away in the same step that closes the descriptor. */
type Socket = Duplex & { readonly _handle?: { readonly fd: number } | null };

/**
 * A WebSocket as a session's connection. Frames come ready-made and go straight to the socket; `ws` keeps the handshake,
 * the reading and the closing.
 */
export class WebSocketConnection implements Connection {
  /** The socket's descriptor; below 0 where it has none that we could write to. Asking for it costs a native call. */
  readonly #fd: number;

  constructor(
    private readonly webSocket: ClientSocket,
    private readonly socket: Socket,
  ) {
    this.#fd = socket._handle?.fd ?? -1;
  }

  write(bytes: Buffer): number {
    const { webSocket, socket } = this;
    if (webSocket.readyState !== OPEN) return 0;
    const written = socket.writableLength === 0 ? this.#writeNow(bytes) : 0;
    if (written === bytes.length) return 0;
    if (!socket.writable) return 0;
    socket.write(written === 0 ? bytes : bytes.subarray(written));
    return socket.writableLength;
  }

  /** An empty write queues behind all others, so its callback needs no closure on the writes before it. */
  afterWrites(callback: () => void): void {
    this.socket.write(NOTHING, (error) => {
      if (!error) callback();
    });
  }

  close(code: number, reason: string): void {
    this.webSocket.end(code, reason);
  }

  get readingPaused(): boolean {
    return this.webSocket.isPaused;
  }

  pauseReading(): void {
    this.webSocket.pause();
  }

  resumeReading(): void {
    this.webSocket.resume();
  }

  /**
   * Nearly all writes fit into the kernel's buffer while nothing waits before them. Those go to the descriptor without
   * the stream's bookkeeping, which costs as much as a sixth of the delivery (docs/adr/0008).
   *
   * @returns how many bytes the kernel took; what is left, and any error, is the stream's to deal with
   */
  #writeNow(bytes: Buffer): number {
    // Without its handle the socket is closed, and the number may be somebody else's by now.
    if (this.#fd < 0 || !this.socket._handle) return 0;
    try {
      return writeSync(this.#fd, bytes);
    } catch {
      return 0;
    }
  }
}
