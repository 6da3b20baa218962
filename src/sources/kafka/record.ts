import { Cursor } from './cursor.js';
import type { RecordBatch } from './record-batch.js';

export interface KafkaRecord {
  readonly offset: bigint;
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
}

/** Headers as they came. Most of them are of no concern to anybody here, so that they are read when they are asked for. */
export interface RecordHeaders {
  readonly count: number;
  readonly bytes: Buffer;
}

/** One after the other, so that whoever reads them can pause. @throws {RangeError} at the first that cannot be read */
export function* recordsIn(bytes: Buffer, { baseOffset, count }: RecordBatch): Generator<KafkaRecord> {
  const cursor = new Cursor(bytes);
  for (let index = 0; index < count; index++) {
    yield readRecord(new Cursor(cursor.take(cursor.varint())), baseOffset);
  }
}

function readRecord(cursor: Cursor, baseOffset: bigint): KafkaRecord {
  cursor.int8(); // attributes, of which there are none yet
  cursor.skipVarint(); // time
  const offset = baseOffset + BigInt(cursor.varint());
  cursor.take(Math.max(0, cursor.varint())); // key
  const length = cursor.varint();
  const value = length < 0 ? null : cursor.take(length);
  const headers = { count: cursor.varint(), bytes: cursor.bytes.subarray(cursor.at) };
  return { offset, value, headers };
}

/** Of a name given several times the last one counts, as for Kafka's own clients. @throws {RangeError} when damaged */
export function readHeaders({ count, bytes }: RecordHeaders): ReadonlyMap<string, Buffer | null> {
  const headers = new Map<string, Buffer | null>();
  const cursor = new Cursor(bytes);
  for (let index = 0; index < count; index++) {
    const name = cursor.take(cursor.varint()).toString();
    const length = cursor.varint();
    headers.set(name, length < 0 ? null : cursor.take(length));
  }
  return headers;
}
