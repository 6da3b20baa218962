/** What was sent at once and is kept at once in the log; its records may be compressed. */
export interface RecordBatch {
  readonly baseOffset: bigint;
  /** The offset behind it. The log cleaner takes records out of batches, also the last one, and also all of them. */
  readonly nextOffset: bigint;
  readonly count: number;
  readonly compression: number;
  readonly producerId: bigint;
  readonly isTransactional: boolean;
  /** Holds a marker of a transaction, and nothing for us. */
  readonly isControl: boolean;
  readonly records: Buffer;
  /** Why nothing of it can be believed but its place. */
  readonly damage: string | undefined;
}

export interface BatchList {
  readonly batches: readonly RecordBatch[];
  /** The last one was larger than what the broker still had room for. */
  readonly isCutShort: boolean;
}

type Checksum = (bytes: Buffer) => number;

interface Place {
  readonly at: number;
  readonly end: number;
}

const CURRENT_FORMAT = 2;
/** Offset and length, which stand before what the length counts. */
const PREFIX = 12;
const FORMAT_AT = 16;
const CHECKSUM_AT = 17;
const CHECKED_FROM = 21;
const RECORDS_AT = 61;
const COMPRESSION = 0b111;
const TRANSACTIONAL = 1 << 4;
const CONTROL = 1 << 5;

/** Finds the batches in a piece of the log. Damage to one is a matter of that one. */
export function readBatches(bytes: Buffer, checksum: Checksum): BatchList {
  const { places, isCutShort } = placesIn(bytes);
  const offsets = places.map(({ at }) => bytes.readBigInt64BE(at));
  const batches = places.map(({ at, end }, index) => readBatch(bytes.subarray(at, end), offsets[index + 1], checksum));
  return { batches, isCutShort };
}

function placesIn(bytes: Buffer): { readonly places: readonly Place[]; readonly isCutShort: boolean } {
  const places: Place[] = [];
  let at = 0;
  while (bytes.length - at > FORMAT_AT) {
    const length = bytes.readInt32BE(at + PREFIX - 4);
    const end = at + PREFIX + length;
    if (length <= FORMAT_AT - PREFIX) {
      // With such a length nothing says where the next one begins.
      places.push({ at, end: bytes.length });
      return { places, isCutShort: false };
    }
    if (end > bytes.length) break;
    places.push({ at, end });
    at = end;
  }
  return { places, isCutShort: at < bytes.length };
}

/** @param following where the next batch begins, when there is one */
function readBatch(bytes: Buffer, following: bigint | undefined, checksum: Checksum): RecordBatch {
  const baseOffset = bytes.readBigInt64BE(0);
  const damage = damageOf(bytes, checksum);
  if (damage !== undefined) return damaged(baseOffset, following ?? baseOffset + 1n, damage);
  const attributes = bytes.readInt16BE(21);
  return {
    baseOffset,
    nextOffset: baseOffset + BigInt(bytes.readInt32BE(23)) + 1n,
    count: bytes.readInt32BE(57),
    compression: attributes & COMPRESSION,
    producerId: bytes.readBigInt64BE(43),
    isTransactional: (attributes & TRANSACTIONAL) !== 0,
    isControl: (attributes & CONTROL) !== 0,
    records: bytes.subarray(RECORDS_AT),
    damage,
  };
}

function damageOf(bytes: Buffer, checksum: Checksum): string | undefined {
  const format = bytes.readInt8(FORMAT_AT);
  if (format !== CURRENT_FORMAT) return `record batches of format ${format} are not known, only ${CURRENT_FORMAT}`;
  if (bytes.length < RECORDS_AT) return 'the record batch is shorter than its header';
  if (checksum(bytes.subarray(CHECKED_FROM)) !== bytes.readUInt32BE(CHECKSUM_AT)) {
    return 'the checksum of the record batch is wrong';
  }
  if (bytes.readInt32BE(23) < 0 || bytes.readInt32BE(57) < 0) return 'the record batch has a negative size';
  return undefined;
}

/** Where it ends is known by the one that follows; otherwise the broker is asked for the next offset. */
function damaged(baseOffset: bigint, nextOffset: bigint, damage: string): RecordBatch {
  return {
    baseOffset,
    nextOffset: nextOffset > baseOffset ? nextOffset : baseOffset + 1n,
    count: 0,
    compression: 0,
    producerId: -1n,
    isTransactional: false,
    isControl: false,
    records: Buffer.alloc(0),
    damage,
  };
}
