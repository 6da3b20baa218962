import * as fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { decompress } from './decompress.js';

const [NONE, GZIP, SNAPPY, LZ4] = [0, 1, 2, 3];
const MEBIBYTE = 1024 ** 2;
const LZ4_HEADER = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82];

async function text(codec: number, bytes: readonly number[], limit = MEBIBYTE): Promise<string> {
  return (await decompress(codec, Buffer.from(bytes), limit)).toString();
}

/** An LZ4 frame of one block: a byte, and then so many times 255 more of it. */
function lz4Run(length: number): readonly number[] {
  const block = [0x1f, 0x61, 0x01, 0x00, ...Array.from({ length }, () => 255), 0];
  const size = [block.length & 255, (block.length >> 8) & 255, (block.length >> 16) & 255, 0];
  return [...LZ4_HEADER, ...size, ...block, 0, 0, 0, 0];
}

describe('decompress', () => {
  it('leaves what is not compressed as it is', async () => {
    expect(await text(NONE, [0x68, 0x69])).toBe('hi');
  });

  it('reads literals and repetitions of Snappy', async () => {
    // "abcd", then twelve bytes from four back.
    expect(await text(SNAPPY, [16, 0x0c, 0x61, 0x62, 0x63, 0x64, 0x2e, 0x04, 0x00])).toBe('abcdabcdabcdabcd');
  });

  it('reads nothing of nothing', async () => {
    expect(await text(SNAPPY, [0])).toBe('');
  });

  it('reads literals and repetitions of LZ4', async () => {
    // "abcd", then eight bytes from four back, then "!".
    const block = [0x44, 0x61, 0x62, 0x63, 0x64, 0x04, 0x00, 0x10, 0x21];

    expect(await text(LZ4, [...LZ4_HEADER, block.length, 0, 0, 0, ...block, 0, 0, 0, 0])).toBe('abcdabcdabcd!');
  });

  it('reads what was stored as it is', async () => {
    expect(await text(LZ4, [...LZ4_HEADER, 2, 0, 0, 0x80, 0x68, 0x69, 0, 0, 0, 0])).toBe('hi');
  });

  it('repeats a long run', async () => {
    expect(await text(LZ4, lz4Run(100))).toBe('a'.repeat(1 + 4 + 15 + 100 * 255));
  });

  it.each([
    ['gzip', GZIP, [...gzipSync(Buffer.alloc(MEBIBYTE + 1))]],
    ['LZ4', LZ4, lz4Run(MEBIBYTE / 255 + 1)],
    // One byte, then 64 bytes from one back, again and again.
    ['Snappy', SNAPPY, [0, 0x00, 0x61, ...Array.from({ length: 16_384 }, () => [0xfe, 0x01, 0x00]).flat()]],
  ])('gives up what becomes larger than the limit: %s', async (_name, codec, bytes) => {
    await expect(text(codec, bytes)).rejects.toThrow(/larger than/);
  });

  it('names what it cannot read', async () => {
    await expect(text(7, [])).rejects.toThrow('compression 7 is not supported');
  });

  it.each([
    ['Snappy', SNAPPY, [] as readonly number[]],
    ['LZ4', LZ4, LZ4_HEADER],
  ])('says RangeError, and nothing else, of whatever is damaged: %s', async (_name, codec, start) => {
    const nameOfFault = (bytes: Uint8Array): Promise<string> =>
      decompress(codec, Buffer.from([...start, ...bytes]), MEBIBYTE).then(
        () => 'RangeError',
        (error: unknown) => (error as Error).name,
      );

    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect(await nameOfFault(bytes)).toBe('RangeError');
      }),
      { numRuns: 1_000 },
    );
  });
});
