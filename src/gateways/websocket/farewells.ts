/** Milliseconds that a client has to finish the closing handshake when nothing waits for it any more. */
const PATIENCE = 5_000;
/** What may wait for all clients together that have been closed and have not read yet. */
const BYTES = 64 * 1024 ** 2;
const CLIENTS = 4_096;

/** A connection that has been closed and is still there. */
export interface Leaving {
  /** Bytes that the client has not taken. */
  readonly unread: number;
  /** Calls back when the connection has gone. */
  whenGone(callback: () => void): void;
  cut(): void;
}

/**
 * Connections that have been closed: one for which nothing waits is cut soon, one that has not read yet is left to `ws`
 * and its longer time, so that the close code arrives behind what came before it. When they are too many or hold too much,
 * those that were closed first are cut.
 */
export class Farewells {
  readonly #leaving = new Map<Leaving, number>();
  #bytes = 0;

  add(leaving: Leaving): void {
    const { unread } = leaving;
    this.#leaving.set(leaving, unread);
    this.#bytes += unread;
    const timer = setTimeout(() => {
      if (leaving.unread === 0) leaving.cut();
    }, PATIENCE);
    leaving.whenGone(() => {
      clearTimeout(timer);
      this.#forget(leaving);
    });
    for (const first of this.#leaving.keys()) {
      if (this.#bytes <= BYTES && this.#leaving.size <= CLIENTS) break;
      this.#forget(first);
      first.cut();
    }
  }

  #forget(leaving: Leaving): void {
    this.#bytes -= this.#leaving.get(leaving) ?? 0;
    this.#leaving.delete(leaving);
  }
}
