import { Cursor } from './cursor.js';

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

/** What a broker answered about one partition. */
export interface PartitionAnswer {
  readonly topic: string;
  readonly id: number;
  readonly errorCode: number;
  /** Sorted by offset as the broker gave them. */
  readonly aborted: readonly AbortedTransaction[];
  /** Record batches as they are in the log; the last one may be cut off. */
  readonly records: Buffer;
}

/** The bytes of an answer, in the shape of the library's reader. */
interface AnswerReader {
  readonly position: number;
  readonly buffer: { slice(from: number): Buffer };
}

/** Reads all of a fetch answer (version 11) but its records. */
export function parseFetchAnswer(
  _correlation: number,
  _api: number,
  _version: number,
  { buffer, position }: AnswerReader,
): readonly PartitionAnswer[] {
  const cursor = new Cursor(buffer.slice(position));
  cursor.int32(); // throttle time
  const errorCode = cursor.int16();
  cursor.int32(); // session, of which there is none
  const answers: PartitionAnswer[] = [];
  for (let topics = cursor.int32(); topics > 0; topics--) {
    const topic = cursor.take(cursor.int16()).toString();
    for (let partitions = cursor.int32(); partitions > 0; partitions--) {
      const answer = readPartition(topic, cursor);
      answers.push(errorCode === 0 ? answer : { ...answer, errorCode });
    }
  }
  return answers;
}

function readPartition(topic: string, cursor: Cursor): PartitionAnswer {
  const id = cursor.int32();
  const errorCode = cursor.int16();
  cursor.take(24); // high watermark, last stable offset, start of the log
  const aborted: AbortedTransaction[] = [];
  for (let count = cursor.int32(); count > 0; count--) {
    aborted.push({ producerId: cursor.int64(), firstOffset: cursor.int64() });
  }
  cursor.int32(); // preferred replica
  const length = cursor.int32();
  return { topic, id, errorCode, aborted, records: cursor.take(Math.max(0, length)) };
}
