/** Reads the numbers of Kafka's protocol, one after the other. Reading behind the end throws a RangeError. */
export class Cursor {
  constructor(
    readonly bytes: Buffer,
    public at = 0,
  ) {}

  int8(): number {
    return this.bytes.readInt8(this.#pass(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.#pass(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.#pass(4));
  }

  int64(): bigint {
    return this.bytes.readBigInt64BE(this.#pass(8));
  }

  /** Seven bits a byte, the lowest first; odd numbers are negative ones. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes.readUInt8(this.#pass(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    throw new RangeError('a number is longer than any');
  }

  /** One of up to 64 bits, which nobody wants to know. */
  skipVarint(): void {
    while (this.bytes.readUInt8(this.#pass(1)) >= 0x80);
  }

  /** A view, not a copy. */
  take(length: number): Buffer {
    const from = this.#pass(length);
    return this.bytes.subarray(from, from + length);
  }

  #pass(length: number): number {
    const from = this.at;
    if (length < 0 || from + length > this.bytes.length) throw new RangeError('the bytes end too early');
    this.at = from + length;
    return from;
  }
}
