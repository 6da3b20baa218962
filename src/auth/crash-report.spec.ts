import * as fc from 'fast-check';
import { crashReport } from './crash-report.js';

describe('crash report', () => {
  it('says what kind of error it was and where it came from', () => {
    const report = crashReport(new RangeError('too much'));
    expect(report).toEqual({ error: 'RangeError', at: expect.stringContaining('crash-report.spec') });
  });

  it('never repeats a message, not even one that looks like a stack', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.constantFrom('', 'bad: ', 'bad\n    at ', '\n'), (token, before) => {
        expect(JSON.stringify(crashReport(new Error(`${before}${token}`)))).not.toContain(token);
      }),
    );
  });

  it.each(['token', undefined, null, 7, { token: 'x' }])('names the type of %j, which is no error', (thrown) => {
    expect(crashReport(thrown)).toEqual({ error: typeof thrown, at: 'unknown' });
  });
});
