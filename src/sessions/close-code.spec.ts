import { CLOSE_CODES } from '@hermes/protocol';
import { CloseCode } from './close-code.js';

describe('the close codes', () => {
  const told = Object.entries(CLOSE_CODES).map(([code, { name }]) => [name, Number(code)]);
  const used = Object.entries(CloseCode).map(([name, code]) => [name, code]);

  it('that sessions use are those that the protocol tells clients about, by the same names', () => {
    // The WebSocket server itself closes on a frame that is too large.
    expect(told.filter(([name]) => name !== 'frameTooLarge')).toEqual(
      // Sessions of the Hermes protocol go on without an identity.
      used.filter(([name]) => name !== 'identityExpired'),
    );
  });
});
