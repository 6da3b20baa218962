/**
 * The frames that wait for one session, as an immutable list that only grows at its end.
 *
 * Sessions with the same frames waiting share the same list, and so one buffer and one copy of the bytes: the cost of a
 * burst is per write, not per frame. Sharing needs no table: a fan-out hands the same frame to every session in a row,
 * so each list only remembers the one list that last grew out of it.
 */
export class Batch {
  /** Length of all frames together. */
  readonly bytes: number;
  #grown: Batch | undefined;
  #joined: Buffer | undefined;

  private constructor(
    private readonly before: Batch | undefined,
    private readonly frame: Buffer | undefined,
    /** A reply the client waits for: never dropped to make room. */
    private readonly owed: boolean,
  ) {
    this.bytes = (before?.bytes ?? 0) + (frame?.length ?? 0);
  }

  static empty(): Batch {
    return new Batch(undefined, undefined, false);
  }

  /** This list and one more frame; the same object for every caller that adds the same frame next. */
  shared(frame: Buffer): Batch {
    const grown = this.#grown;
    if (grown !== undefined && grown.frame === frame) return grown;
    return (this.#grown = new Batch(this, frame, false));
  }

  /** This list and one more frame, for one session alone: nothing else keeps the result alive. */
  own(frame: Buffer, owed: boolean): Batch {
    return new Batch(this, frame, owed);
  }

  /** All bytes in order, joined once for however many sessions hold this list. */
  join(): Buffer {
    if (this.#joined !== undefined) return this.#joined;
    if (this.before?.frame === undefined && this.frame !== undefined) return (this.#joined = this.frame);
    const joined = Buffer.allocUnsafe(this.bytes);
    let end = this.bytes;
    for (let batch: Batch | undefined = this; batch?.frame !== undefined; batch = batch.before) {
      end -= batch.frame.length;
      joined.set(batch.frame, end);
    }
    return (this.#joined = joined);
  }

  /** What is left when the oldest events go until at most `bytes` remain, and how many went. */
  newest(bytes: number): { kept: Batch; dropped: number } {
    const survivors: Batch[] = [];
    let room = bytes;
    let dropped = 0;
    for (let batch: Batch | undefined = this; batch?.frame !== undefined; batch = batch.before) {
      room -= batch.frame.length;
      if (room >= 0 || batch.owed) survivors.push(batch);
      else dropped++;
    }
    let kept = Batch.empty();
    for (const { frame, owed } of survivors.toReversed()) if (frame !== undefined) kept = kept.own(frame, owed);
    return { kept, dropped };
  }
}
