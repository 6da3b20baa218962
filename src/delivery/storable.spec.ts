import { isStorable } from './storable.js';

describe('a text that can be stored', () => {
  it.each(['', 'alice', 'Zoë 😀', '\\u0000 \\ud83d', '\ufffd'])('is %j', (text) => {
    expect(isStorable(text)).toBe(true);
  });

  it.each(['a\0', '\ud83d', '\ude00\ud83d', 'half \udfff'])('is not %j', (text) => {
    expect(isStorable(text)).toBe(false);
  });
});
