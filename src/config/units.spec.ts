import { byteSize, commaList, duration } from './units.js';

describe('duration', () => {
  it.each([
    ['250ms', 250],
    ['25s', 25_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['25', 25_000],
    ['0', 0],
    ['1.5s', 1_500],
    ['0.5m', 30_000],
    ['1.1h', 3_960_000],
    ['1.001s', 1_001],
    ['2147483647ms', 2_147_483_647],
  ])('reads %s as %i milliseconds', (text, milliseconds) => {
    expect(duration(text)).toBe(milliseconds);
  });

  it('reads every number of milliseconds written in seconds as a whole number', () => {
    for (let milliseconds = 0; milliseconds < 20_000; milliseconds++) {
      expect(duration(`${(milliseconds / 1_000).toFixed(3)}s`)).toBe(milliseconds);
    }
  });

  it.each(['', 's', '-1s', '1 s', '1d', '1S', '1e3', '1,5s', '.5s', 'Infinity', '5ss'])('does not take %j', (text) => {
    expect(() => duration(text)).toThrow('must be a duration such as 250ms, 25s, 5m or 1h');
  });
});

describe('duration', () => {
  it.each(['2147483648ms', '2147483.648', '597h', '9'.repeat(400)])(
    'does not take %s, which no timer could',
    (text) => {
      expect(() => duration(text)).toThrow('must be a duration of at most 2147483647ms, which is 24 days');
    },
  );
});

describe('byteSize', () => {
  it.each([
    ['512', 512],
    ['512B', 512],
    ['64KiB', 65_536],
    ['8MiB', 8_388_608],
    ['1GiB', 1_073_741_824],
  ])('reads %s as %i bytes', (text, bytes) => {
    expect(byteSize(text)).toBe(bytes);
  });

  it.each(['', 'KiB', '-1', '1.5MiB', '1 MiB', '1MB', '1kib', '1TiB'])('does not take %j', (text) => {
    expect(() => byteSize(text)).toThrow('must be a size such as 512, 64KiB, 8MiB or 1GiB');
  });
});

describe('commaList', () => {
  it.each([
    ['a', ['a']],
    ['a, b,c ', ['a', 'b', 'c']],
    [',a,,b,', ['a', 'b']],
    ['', []],
    [' , ', []],
  ])('reads %j as %j', (text, parts) => {
    expect(commaList(text)).toEqual(parts);
  });
});
