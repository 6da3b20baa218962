import { Batch } from './batch.js';
import type { FlushQueue } from './flush-queue.js';

/** The sending half of a connection, as far as delivery needs it. */
export interface Wire {
  /**
   * Hands bytes to the connection; never throws, not even on one that is gone.
   *
   * @returns how many bytes, of these and all before them, have not left the process yet
   */
  write(bytes: Buffer): number;
  /** Whether a part of what was waiting at the last write has left since; absent where nobody can tell. */
  tookSome?(): boolean;
  /** Calls back once when all that was written so far has left; not at all when the connection ends first. */
  afterWrites(callback: () => void): void;
}

/** Who answers for an outbox: told once when its client reads too slowly to be kept. */
export interface OutboxOwner {
  tooSlow(): void;
}

export interface OutboxLimits {
  /** How many bytes may wait for one session. */
  readonly bytes: number;
  /** What happens past that: give the session up, or drop the oldest events. */
  readonly overflow: 'close' | 'drop';
}

/**
 * What waits to be sent to one session, in order. An outbox is either flowing, then its frames leave together at the
 * end of the turn, or blocked, then they wait until the socket has taken what it was given before.
 */
export class Outbox {
  #waiting: Batch | undefined;
  /** Bytes the socket had not taken when it blocked; 0 while flowing. */
  #backlog = 0;
  #blockedAt: number | undefined;
  #closed = false;
  /** Who waits for it to be empty; made when the first one does. */
  #awaiting: (() => void)[] | undefined;

  constructor(
    private readonly wire: Wire,
    private readonly owner: OutboxOwner,
    private readonly queue: FlushQueue,
    private readonly limits: OutboxLimits,
  ) {}

  /** Bytes that have not left the process. */
  get pendingBytes(): number {
    return this.#backlog + (this.#waiting?.bytes ?? 0);
  }

  /** Since when the socket has taken nothing, on the clock of the flush queue; undefined while flowing. */
  get blockedAt(): number | undefined {
    return this.#blockedAt;
  }

  /** Whether the client has taken nothing since then, on the clock of the flush queue. */
  isDeaf(since: number): boolean {
    return this.#blockedAt !== undefined && this.#blockedAt <= since && this.wire.tookSome?.() === false;
  }

  /** Calls back once when all of it has left the process, or when it takes nothing more: at once if that is so now. */
  whenEmpty(callback: () => void): void {
    if (this.pendingBytes === 0) callback();
    else (this.#awaiting ??= []).push(callback);
  }

  /** Adds an event's frame, the same buffer for all its recipients. */
  push(frame: Buffer): void {
    if (!this.#admits(frame)) return;
    if (this.#blockedAt !== undefined) return this.#hold(frame, false);
    if (this.#waiting === undefined) {
      this.#waiting = this.queue.start;
      this.queue.add(this);
    }
    this.#waiting = this.#waiting.shared(frame);
  }

  /** Adds a frame meant for this session alone, one that must not be dropped: a reply, a ping. */
  reply(frame: Buffer): void {
    if (!this.#admits(frame)) return;
    if (this.#blockedAt !== undefined) return this.#hold(frame, true);
    if (this.#waiting === undefined) this.queue.add(this);
    this.#waiting = (this.#waiting ?? Batch.empty()).own(frame, true);
  }

  /** Writes what waits, unless the socket is still busy with the last write. */
  flush(): void {
    const batch = this.#waiting;
    if (batch === undefined || this.#blockedAt !== undefined) return;
    this.#waiting = undefined;
    const backlog = this.wire.write(batch.join());
    this.queue.stats.writes++;
    if (backlog > 0) this.#block(backlog);
    else this.#tellEmpty();
  }

  /** Writes what waits, on a busy socket too, and takes nothing more: the connection is about to end in good order. */
  finish(): void {
    if (this.#waiting !== undefined) {
      this.wire.write(this.#waiting.join());
      this.queue.stats.writes++;
    }
    this.close();
  }

  /** Forgets what waits and takes nothing more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#blockedAt !== undefined) this.queue.unblock(this, this.pendingBytes);
    this.#waiting = undefined;
    this.#blockedAt = undefined;
    this.#backlog = 0;
    this.#tellEmpty();
  }

  /** Ends the session of a client that cannot keep up. */
  giveUp(): void {
    if (this.#closed) return;
    this.close();
    this.owner.tooSlow();
  }

  #admits(frame: Buffer): boolean {
    if (this.#closed) return false;
    const pending = this.pendingBytes;
    return pending === 0 || pending + frame.length <= this.limits.bytes || this.#makesRoom(frame.length);
  }

  /** A client that was never given the chance to read is not slow: what waits is written before it is judged. */
  #makesRoom(length: number): boolean {
    this.flush();
    if (this.pendingBytes === 0 || this.pendingBytes + length <= this.limits.bytes) return true;
    if (this.limits.overflow === 'drop') return this.#dropOldest(length);
    this.giveUp();
    return false;
  }

  /**
   * Half of the room is freed at once, so that a reader that stays slow does not pay for it with each event. Replies are
   * never dropped: when they alone fill the room, their reader is given up.
   */
  #dropOldest(length: number): boolean {
    const { bytes } = this.limits;
    // What the socket holds cannot be dropped; half of the bound is left for what waits, whatever that is.
    const room = Math.max(bytes - this.#backlog, bytes / 2);
    const before = this.#waiting?.bytes ?? 0;
    if (this.#waiting === undefined || before + length <= room) return true;
    const { kept, dropped } = this.#waiting.newest(room / 2);
    this.#waiting = kept.bytes > 0 ? kept : undefined;
    this.queue.stats.droppedOldest += dropped;
    this.queue.pressure.release(before - kept.bytes);
    if (kept.bytes <= room) return true;
    this.giveUp();
    return false;
  }

  #hold(frame: Buffer, owed: boolean): void {
    this.#waiting = (this.#waiting ?? Batch.empty()).own(frame, owed);
    this.queue.pressure.add(frame.length);
  }

  #block(backlog: number): void {
    this.#backlog = backlog;
    this.#blockedAt = this.queue.block(this, backlog);
    this.wire.afterWrites(() => this.#unblock());
  }

  #unblock(): void {
    if (this.#closed) return;
    const taken = this.pendingBytes;
    this.#backlog = 0;
    this.#blockedAt = undefined;
    this.queue.unblock(this, taken);
    if (this.#waiting === undefined) this.#tellEmpty();
    else this.flush();
  }

  #tellEmpty(): void {
    const callbacks = this.#awaiting;
    if (callbacks === undefined) return;
    this.#awaiting = undefined;
    for (const callback of callbacks) callback();
  }
}
