import { FetchSize } from './fetch-size.js';

const MIB = 1024 ** 2;

function aSize(most = 500, largest = MIB): FetchSize {
  return new FetchSize(most, 16 * MIB, largest);
}

/** So many fetches that brought all that was asked for, of messages of this size. */
function full(size: FetchSize, fetches: number, bytes: number): number {
  for (let index = 0; index < fetches; index++) size.came(size.count, bytes);
  return size.count;
}

describe('FetchSize', () => {
  it('begins with as many as cannot be too large', () => {
    expect(aSize().count).toBe(16);
    expect(aSize(10).count).toBe(10);
    expect(aSize(500, 64 * MIB).count).toBe(1);
  });

  it('doubles while all that is asked for comes and is small, up to the most', () => {
    const size = aSize();
    expect([1, 1, 1, 1, 1, 1].map((fetches) => full(size, fetches, 100))).toEqual([32, 64, 128, 256, 500, 500]);
  });

  it('stays while less comes than is asked for', () => {
    const size = aSize();
    size.came(0, 0);
    size.came(15, 100);
    expect(size.count).toBe(16);
  });

  it('asks for no more messages like the largest that came than may be on their way', () => {
    const size = aSize();
    full(size, 10, 100);
    size.came(3, MIB);
    expect(size.count).toBe(16);
    expect(full(size, 10, 64 * 1024)).toBe(256);
    expect(full(size, 1, 17 * MIB)).toBe(1);
  });
});
