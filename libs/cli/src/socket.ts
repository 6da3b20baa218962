/** A WebSocket for text frames, whatever the platform makes it of. */
export interface Socket {
  send(text: string): void;
  /** Says goodbye (1000); `closed` follows. */
  close(): void;
  /** Ends it without a word to a peer that does not answer; `closed` follows. */
  drop(): void;
}

/** What a socket tells its owner. */
export interface SocketEvents {
  opened(): void;
  received(text: string): void;
  /** Once, also when it never opened. `code` is 1006 when there was no closing handshake. */
  closed(code: number, reason: string): void;
}

export type OpenSocket = (url: string, events: SocketEvents) => Socket;
