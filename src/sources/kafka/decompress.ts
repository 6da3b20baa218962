import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { decompressLz4 } from './lz4.js';
import { Output } from './output.js';
import { decompressSnappy } from './snappy.js';

type Decompress = (bytes: Buffer, limit: number) => Promise<Buffer>;

/** By the number that a record batch bears. */
const CODECS: ReadonlyMap<number, Decompress> = new Map([
  [0, async (bytes: Buffer) => bytes],
  [1, ofZlib(zlib.gunzip)],
  [2, (bytes: Buffer, limit: number) => Output.fill(limit, (output) => decompressSnappy(bytes, output))],
  [3, (bytes: Buffer, limit: number) => Output.fill(limit, (output) => decompressLz4(bytes, output))],
  ...zstd(),
]);

/** Decompresses the records of a batch. @throws {Error} when they are damaged, or more than the limit */
export function decompress(codec: number, bytes: Buffer, limit: number): Promise<Buffer> {
  const chosen = CODECS.get(codec);
  if (chosen === undefined) return Promise.reject(new Error(`${nameOf(codec)} is not supported by this Node`));
  return chosen(bytes, limit);
}

/** Node has it from 22.15 on. */
function zstd(): readonly (readonly [number, Decompress])[] {
  const native: unknown = Reflect.get(zlib, 'zstdDecompress');
  return isZlib(native) ? [[4, ofZlib(native)]] : [];
}

function nameOf(codec: number): string {
  return codec === 4 ? 'Zstandard' : `compression ${codec}`;
}

/** It works outside of the event loop. */
function ofZlib(native: typeof zlib.gunzip): Decompress {
  const run = promisify<Buffer, zlib.ZlibOptions, Buffer>(native);
  return (bytes, limit) => run(bytes, { maxOutputLength: limit });
}

function isZlib(value: unknown): value is typeof zlib.gunzip {
  return typeof value === 'function';
}
