import { setImmediate as nextTurn } from 'node:timers/promises';

const FIRST_SIZE = 64 * 1024;
/** Bytes that come out before others get their turn. */
const TURN = 256 * 1024;
/** Large, because what is not written to costs nothing, and every step copies all there is. */
const GROWTH = 16;
/** Up to here a loop is faster than a call. */
const SHORT = 64;

/** Bytes that come out of a decompression, which may repeat what came out before. */
export class Output {
  #bytes = Buffer.allocUnsafe(FIRST_SIZE);
  #length = 0;
  #turnEnds = TURN;

  constructor(private readonly limit: number) {}

  /** @param steps writes to the output, and pauses wherever others may have their turn */
  static async fill(limit: number, steps: (output: Output) => Iterable<unknown>): Promise<Buffer> {
    const output = new Output(limit);
    for (const _ of steps(output)) await nextTurn();
    return output.#bytes.subarray(0, output.#length);
  }

  /** Says so once: whoever writes should pause now. */
  get isTurnOver(): boolean {
    if (this.#length < this.#turnEnds) return false;
    this.#turnEnds = this.#length + TURN;
    return true;
  }

  /** @throws {RangeError} when the bytes end before */
  append(source: Buffer, from: number, length: number): void {
    if (from + length > source.length) throw new RangeError('compressed messages end too early');
    this.#reserve(length);
    const bytes = this.#bytes;
    const at = this.#length;
    if (length > SHORT) source.copy(bytes, at, from, from + length);
    else for (let index = 0; index < length; index++) bytes[at + index] = source[from + index] ?? 0;
    this.#length = at + length;
  }

  /** Repeats so many bytes from so far back; the two may overlap. @throws {RangeError} before the beginning */
  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.#length)
      throw new RangeError('compressed messages refer to bytes before them');
    this.#reserve(length);
    const bytes = this.#bytes;
    const at = this.#length;
    this.#length = at + length;
    if (length <= SHORT) {
      for (let index = at; index < this.#length; index++) bytes[index] = bytes[index - distance] ?? 0;
      return;
    }
    // What was repeated can be repeated itself: each copy may be twice as long as the one before.
    for (let done = 0; done < length;) {
      const count = Math.min(length - done, distance + done);
      bytes.copyWithin(at + done, at - distance, at - distance + count);
      done += count;
    }
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    if (needed > this.limit) throw new RangeError(`compressed messages become larger than ${this.limit} bytes`);
    const larger = Buffer.allocUnsafe(Math.min(this.limit, Math.max(needed, this.#bytes.length * GROWTH)));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
