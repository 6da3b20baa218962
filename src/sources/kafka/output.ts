const FIRST_SIZE = 64 * 1024;
/** A batch that grows beyond this is no batch: brokers take a mebibyte of compressed messages by default. */
const LIMIT = 256 * 1024 ** 2;

/** Bytes that come out of a decompression, which may repeat what came out before. */
export class Output {
  #bytes = Buffer.allocUnsafe(FIRST_SIZE);
  #length = 0;

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  append(bytes: Buffer): void {
    this.#reserve(bytes.length);
    bytes.copy(this.#bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Repeats so many bytes from so far back; the two may overlap. @throws {RangeError} before the beginning */
  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.#length)
      throw new RangeError('compressed messages refer to bytes before them');
    this.#reserve(length);
    const bytes = this.#bytes;
    const end = this.#length + length;
    for (let at = this.#length; at < end; at++) bytes[at] = bytes[at - distance] ?? 0;
    this.#length = end;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    if (needed > LIMIT) throw new RangeError('compressed messages are larger than any batch');
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.bytes.copy(larger);
    this.#bytes = larger;
  }
}
