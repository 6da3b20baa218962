import type { Output } from './output.js';

const MAGIC = 0x184d2204;
const HAS_DICTIONARY = 0x01;
const HAS_CONTENT_SIZE = 0x08;
const HAS_BLOCK_CHECKSUM = 0x10;
const IS_STORED = 0x80000000;
const SHORTEST_MATCH = 4;

/** Decompresses an LZ4 frame. The batch has a checksum of its own. @throws {RangeError} when it is damaged */
export function* decompressLz4(bytes: Buffer, output: Output): Generator<void> {
  if (bytes.readUInt32LE(0) !== MAGIC) throw new RangeError('compressed messages are no LZ4 frame');
  const flags = bytes.readUInt8(4);
  if ((flags & HAS_DICTIONARY) !== 0) throw new RangeError('compressed messages need an LZ4 dictionary');
  let at = (flags & HAS_CONTENT_SIZE) === 0 ? 7 : 15;
  for (;;) {
    const header = bytes.readUInt32LE(at);
    if (header === 0) return;
    const size = header & ~IS_STORED;
    if ((header & IS_STORED) === 0) yield* readBlock(bytes.subarray(at + 4, at + 4 + size), output);
    else output.append(bytes, at + 4, size);
    at += 4 + size + ((flags & HAS_BLOCK_CHECKSUM) === 0 ? 0 : 4);
  }
}

/** Sequences of some literal bytes and a match; the last one has no match. */
function* readBlock(bytes: Buffer, output: Output): Generator<void> {
  let at = 0;
  while (at < bytes.length) {
    const token = bytes.readUInt8(at);
    const literals = lengthOf(bytes, token >> 4, at + 1);
    const end = literals.after + literals.length;
    output.append(bytes, literals.after, literals.length);
    if (end >= bytes.length) return;
    const match = lengthOf(bytes, token & 15, end + 2);
    output.repeat(bytes.readUInt16LE(end), match.length + SHORTEST_MATCH);
    at = match.after;
    if (output.isTurnOver) yield;
  }
}

/** Fifteen means that more follows, until a byte that is not full. */
function lengthOf(bytes: Buffer, code: number, at: number): { readonly length: number; readonly after: number } {
  let length = code;
  let after = at;
  if (code === 15) {
    let more: number;
    do length += more = bytes.readUInt8(after++);
    while (more === 255);
  }
  return { length, after };
}
