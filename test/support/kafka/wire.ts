import type { RecordHeaders } from '../../../src/sources/kafka/record.js';

/** A header as it goes over the wire: `null` stands for one without a value. */
export type WireHeader = readonly [name: string, value: Buffer | string | null];

interface WireRecord {
  readonly delta?: number;
  readonly value: string | null;
  readonly headers?: readonly WireHeader[];
}

interface WireBatch {
  readonly baseOffset?: bigint;
  readonly lastDelta?: number;
  readonly attributes?: number;
  readonly producerId?: bigint;
  readonly count?: number;
  readonly records?: Buffer;
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

export function headersOf(...headers: readonly WireHeader[]): RecordHeaders {
  const parts = headers.flatMap(([name, value]) => [sized(name), sized(value)]);
  return { count: headers.length, bytes: Buffer.concat(parts) };
}

export function recordOf({ delta = 0, value, headers = [] }: WireRecord): Buffer {
  const { count, bytes } = headersOf(...headers);
  const parts = [Buffer.from([0]), varint(0), varint(delta), sized(null), sized(value), varint(count), bytes];
  return sized(Buffer.concat(parts));
}

/** A batch with a checksum that {@link lengthAsChecksum} finds right. */
export function batchOf(batch: WireBatch): Buffer {
  const { baseOffset = 0n, lastDelta = 0, attributes = 0, producerId = -1n, count = 1 } = batch;
  const bytes = Buffer.alloc(61);
  const records = batch.records ?? Buffer.alloc(0);
  bytes.writeBigInt64BE(baseOffset, 0);
  bytes.writeInt32BE(49 + records.length, 8);
  bytes.writeInt8(2, 16);
  bytes.writeUInt32BE(40 + records.length, 17);
  bytes.writeInt16BE(attributes, 21);
  bytes.writeInt32BE(lastDelta, 23);
  bytes.writeBigInt64BE(producerId, 43);
  bytes.writeInt32BE(count, 57);
  return Buffer.concat([bytes, records]);
}

export function lengthAsChecksum(bytes: Buffer): number {
  return bytes.length;
}

function sized(value: Buffer | string | null): Buffer {
  if (value === null) return varint(-1);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(bytes.length), bytes]);
}
