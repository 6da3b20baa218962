import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { Secret } from './secret.js';

describe('secret', () => {
  it('gives its value to whoever asks for it by name', () => {
    expect(new Secret('s3cret').reveal()).toBe('s3cret');
  });

  it('prints as a mask wherever it ends up', () => {
    fc.assert(
      fc.property(fc.uuid(), (value) => {
        const secret = new Secret(value);
        const printed = [
          `${secret}`,
          JSON.stringify({ secret }),
          inspect({ secret }, { showHidden: true }),
          secret + '',
        ];
        expect(printed.join()).not.toContain(value);
        expect(printed.every((text) => text.includes('[secret]'))).toBe(true);
      }),
    );
  });
});
