import { writeSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import type { Connection } from '../../sessions/index.js';
import { Farewells } from './farewells.js';
import type { ClientSocket } from './client-socket.js';

const farewells = new Farewells();
const NOTHING = Buffer.alloc(0);
/** `WebSocket.OPEN`. */
const OPEN = 1;

/** What `ws` tells nobody: how far it is with the message that is coming. It begins a new list with each message. */
interface Receiving {
  readonly _receiver?: {
    readonly _fragments: readonly unknown[];
    readonly _bufferedBytes: number;
    readonly _state: number;
  };
}

/** A TCP socket as Node has it: the handle is taken away in the same step that closes the descriptor. */
type Socket = Duplex & { readonly _handle?: { readonly fd: number; readonly writeQueueSize: number } | null };

/**
 * A WebSocket as a session's connection. Frames come ready-made and go straight to the socket; `ws` keeps the handshake,
 * the reading and the closing.
 */
export class WebSocketConnection implements Connection {
  /** The socket's descriptor; below 0 where it has none that we could write to. Asking for it costs a native call. */
  readonly #fd: number;
  /** What the last write left, in the stream and of it in the hands of the event loop. */
  #left = 0;
  #queued = 0;

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
    this.#left = socket.writableLength;
    this.#queued = socket._handle?.writeQueueSize ?? 0;
    return this.#left;
  }

  tookSome(): boolean {
    const { socket } = this;
    return socket.writableLength < this.#left || (socket._handle?.writeQueueSize ?? 0) < this.#queued;
  }

  /** An empty write queues behind all others, so its callback needs no closure on the writes before it. */
  afterWrites(callback: () => void): void {
    this.socket.write(NOTHING, (error) => {
      if (!error) callback();
    });
  }

  close(code: number, reason: string): void {
    // The client's answer is to be read.
    if (this.webSocket.isPaused) this.webSocket.resume();
    this.webSocket.end(code, reason);
    const { socket } = this;
    farewells.add({
      get unread() {
        return socket.writableLength;
      },
      whenGone: (callback) => this.socket.once('close', callback),
      cut: () => this.webSocket.terminate(),
    });
  }

  get readingPaused(): boolean {
    return this.webSocket.isPaused;
  }

  pauseReading(): void {
    this.webSocket.pause();
  }

  get unfinished(): object | undefined {
    const { _receiver: receiver } = this.webSocket as unknown as Receiving;
    return receiver && (receiver._bufferedBytes > 0 || receiver._state !== 0 || receiver._fragments.length > 0)
      ? receiver._fragments
      : undefined;
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
