import * as fc from 'fast-check';
import { batchOf, lengthAsChecksum, recordOf } from '../../../test/support/kafka/wire.js';
import { readBatches, type RecordBatch } from './record-batch.js';
import { recordsIn } from './record.js';

function read(...batches: readonly Buffer[]): readonly RecordBatch[] {
  return readBatches(Buffer.concat(batches), lengthAsChecksum).batches;
}

describe('readBatches', () => {
  it('takes the end of a batch from its header, whatever records are left of it', () => {
    const emptied = batchOf({ baseOffset: 5n, lastDelta: 999_999, count: 0 });
    const withoutTail = batchOf({ baseOffset: 1_000_005n, lastDelta: 9, records: recordOf({ value: 'a' }) });

    expect(read(emptied, withoutTail)).toMatchObject([
      { baseOffset: 5n, nextOffset: 1_000_005n, count: 0, damage: undefined },
      { baseOffset: 1_000_005n, nextOffset: 1_000_015n, count: 1, damage: undefined },
    ]);
  });

  it('leaves alone what is cut off', () => {
    const whole = batchOf({ records: recordOf({ value: 'a' }) });
    for (let length = 1; length < whole.length; length++) {
      const { batches, isCutShort } = readBatches(Buffer.concat([whole, whole.subarray(0, length)]), lengthAsChecksum);
      expect([batches.length, isCutShort]).toEqual([1, true]);
    }
    expect(readBatches(whole, lengthAsChecksum).isCutShort).toBe(false);
  });

  it('goes on behind a batch that is damaged', () => {
    const damaged = batchOf({ baseOffset: 5n, lastDelta: 2 });
    damaged.writeUInt32BE(1, 17);
    const old = batchOf({ baseOffset: 8n, lastDelta: 2 });
    old.writeInt8(1, 16);

    expect(read(damaged, old, batchOf({ baseOffset: 20n }))).toMatchObject([
      { nextOffset: 8n, damage: 'the checksum of the record batch is wrong' },
      { nextOffset: 20n, damage: 'record batches of format 1 are not known, only 2' },
      { nextOffset: 21n, damage: undefined },
    ]);
  });

  it('believes a damaged batch nothing of where it ends', () => {
    const damaged = batchOf({ baseOffset: 5n, lastDelta: 1_000_000 });
    damaged.writeUInt32BE(1, 17);

    expect(read(damaged)).toMatchObject([{ nextOffset: 6n }]);
  });

  it('gives up the rest where a length cannot be', () => {
    const damaged = batchOf({ baseOffset: 5n });
    damaged.writeInt32BE(-100, 8);

    expect(read(damaged, batchOf({ baseOffset: 6n }))).toMatchObject([{ baseOffset: 5n, nextOffset: 6n }]);
  });

  it('throws for no bytes whatever', () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
    const spoilt = fc.tuple(fc.nat(200), fc.nat(255)).map(([at, byte]) => {
      const batch = batchOf({ records: Buffer.concat([recordOf({ value: 'a' }), recordOf({ value: 'b' })]), count: 2 });
      batch[at % batch.length] = byte;
      return batch;
    });

    fc.assert(
      fc.property(fc.oneof(bytes, spoilt), (input) => {
        for (const { baseOffset, nextOffset } of readBatches(input, lengthAsChecksum).batches) {
          expect(nextOffset).toBeGreaterThan(baseOffset);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('recordsIn', () => {
  it('reads records with their offsets, and those without a value', () => {
    const records = Buffer.concat([recordOf({ value: 'a' }), recordOf({ delta: 70_000, value: null })]);
    const [batch] = read(batchOf({ baseOffset: 5n, lastDelta: 70_000, count: 2, records }));
    const found = [...recordsIn(records, batch as RecordBatch)];

    expect(found).toMatchObject([
      { offset: 5n, value: Buffer.from('a') },
      { offset: 70_005n, value: null },
    ]);
  });

  it('hands over what stands before the damage', () => {
    const records = Buffer.concat([recordOf({ value: 'a' }), Buffer.from([20, 1, 2])]);
    const [batch] = read(batchOf({ count: 2, records }));
    const reading = recordsIn(records, batch as RecordBatch);

    expect(reading.next().value).toMatchObject({ offset: 0n });
    expect(() => reading.next()).toThrow(RangeError);
  });
});
