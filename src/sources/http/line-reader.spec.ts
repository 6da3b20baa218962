import * as fc from 'fast-check';
import { LineReader } from './line-reader.js';

describe('LineReader', () => {
  it('finds the same lines however the bytes are cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'é', '\n', '\r\n', '🪶')), fc.array(fc.nat(12)), (parts, cuts) => {
        const bytes = Buffer.from(parts.join(''));
        const reader = new LineReader();
        const lines: Buffer[] = [];
        let start = 0;
        for (const cut of [...cuts, bytes.length]) {
          lines.push(...reader.push(bytes.subarray(start, start + cut)));
          start += cut;
        }
        lines.push(reader.rest());
        expect(lines.map(String)).toEqual(bytes.toString().split('\n'));
        expect(reader.pending).toBe(0);
      }),
    );
  });

  it('says how much waits for its newline', () => {
    const reader = new LineReader();
    reader.push(Buffer.from('one\ntwo'));
    reader.push(Buffer.from('!!'));

    expect(reader.pending).toBe(5);
  });
});
