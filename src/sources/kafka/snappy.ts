import type { Output } from './output.js';

const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER = 16;

/** Decompresses Snappy, in the frames that Java's library writes or without. @throws {RangeError} when it is damaged */
export function* decompressSnappy(bytes: Buffer, output: Output): Generator<void> {
  if (!bytes.subarray(0, XERIAL.length).equals(XERIAL)) yield* readBlock(bytes, output);
  else {
    for (let at = XERIAL_HEADER; at < bytes.length;) {
      const end = at + 4 + bytes.readUInt32BE(at);
      yield* readBlock(bytes.subarray(at + 4, end), output);
      at = end;
    }
  }
}

function* readBlock(bytes: Buffer, output: Output): Generator<void> {
  let at = afterVarint(bytes);
  while (at < bytes.length) {
    if (output.isTurnOver) yield;
    const tag = bytes.readUInt8(at++);
    switch (tag & 3) {
      case 0: {
        const { length, from } = literal(bytes, tag >> 2, at);
        output.append(bytes, from, length);
        at = from + length;
        break;
      }
      case 1:
        output.repeat(((tag >> 5) << 8) | bytes.readUInt8(at), ((tag >> 2) & 7) + 4);
        at += 1;
        break;
      case 2:
        output.repeat(bytes.readUInt16LE(at), (tag >> 2) + 1);
        at += 2;
        break;
      default:
        output.repeat(bytes.readUInt32LE(at), (tag >> 2) + 1);
        at += 4;
    }
  }
}

/** Lengths from 60 on stand for the number of bytes that hold the length. */
function literal(bytes: Buffer, code: number, at: number): { readonly length: number; readonly from: number } {
  if (code < 60) return { length: code + 1, from: at };
  const size = code - 59;
  return { length: bytes.readUIntLE(at, size) + 1, from: at + size };
}

/** The length of the whole stands first; the output grows by itself. */
function afterVarint(bytes: Buffer): number {
  let at = 0;
  while (bytes.readUInt8(at++) >= 0x80);
  return at;
}
