import * as fc from 'fast-check';
import { decompressLz4 } from './lz4.js';
import { decompressSnappy } from './snappy.js';

describe('decompressSnappy', () => {
  it('reads literals and repetitions', () => {
    // "abcd", then twelve bytes from four back.
    const block = Buffer.from([16, 0x0c, 0x61, 0x62, 0x63, 0x64, 0x2e, 0x04, 0x00]);

    expect(decompressSnappy(block).toString()).toBe('abcdabcdabcdabcd');
  });

  it('reads nothing of nothing', () => {
    expect(decompressSnappy(Buffer.from([0]))).toHaveLength(0);
  });
});

describe('decompressLz4', () => {
  const header = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82];

  it('reads literals and repetitions', () => {
    // "abcd", then eight bytes from four back, then "!".
    const block = [0x44, 0x61, 0x62, 0x63, 0x64, 0x04, 0x00, 0x10, 0x21];
    const frame = Buffer.from([...header, block.length, 0, 0, 0, ...block, 0, 0, 0, 0]);

    expect(decompressLz4(frame).toString()).toBe('abcdabcdabcd!');
  });

  it('reads what was stored as it is', () => {
    const frame = Buffer.from([...header, 2, 0, 0, 0x80, 0x68, 0x69, 0, 0, 0, 0]);

    expect(decompressLz4(frame).toString()).toBe('hi');
  });
});

describe.each([
  ['decompressSnappy', decompressSnappy, [] as number[]],
  ['decompressLz4', decompressLz4, [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]],
])('%s', (_name, decompress, start) => {
  it('says RangeError, and nothing else, of whatever is damaged', () => {
    const nameOfFault = (bytes: Buffer): string => {
      try {
        decompress(bytes);
        return 'RangeError';
      } catch (error) {
        return (error as Error).name;
      }
    };

    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(nameOfFault(Buffer.from([...start, ...bytes]))).toBe('RangeError');
      }),
      { numRuns: 1_000 },
    );
  });
});
