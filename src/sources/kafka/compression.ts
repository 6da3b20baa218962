import kafkajs from 'kafkajs';
import * as zlib from 'node:zlib';
import { decompressLz4 } from './lz4.js';
import { decompressSnappy } from './snappy.js';

// Node finds no names in this CommonJS module, so that they cannot be imported one by one.
const { CompressionCodecs, CompressionTypes } = kafkajs;

type Decompress = (bytes: Buffer) => Buffer;

/** What kafkajs lacks: it reads gzip alone, and producers like to choose another. */
export function addCompressions(): void {
  CompressionCodecs[CompressionTypes.Snappy] = () => codecOf(decompressSnappy);
  CompressionCodecs[CompressionTypes.LZ4] = () => codecOf(decompressLz4);
  const zstd: unknown = Reflect.get(zlib, 'zstdDecompressSync');
  // Node has it from 22.15 on; before that such messages are skipped and counted.
  if (isDecompress(zstd)) CompressionCodecs[CompressionTypes.ZSTD] = () => codecOf(zstd);
}

/** Hermes sends nothing to Kafka. */
function codecOf(decompress: Decompress): object {
  return {
    compress: () => Promise.reject(new Error('nothing is sent')),
    decompress: async (bytes: Buffer) => decompress(bytes),
  };
}

function isDecompress(value: unknown): value is Decompress {
  return typeof value === 'function';
}
