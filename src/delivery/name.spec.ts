import { isWellFormedName } from './name.js';

describe('isWellFormedName', () => {
  it.each(['bob', 'böb', '密码', '👍🏽', ' ', '', '\0', 'e\u0301'])('takes %j', (text) => {
    expect(isWellFormedName(text)).toBe(true);
  });

  it.each(['bob\ud800', '\udfffbob', 'b\ufffdb', '\udc00\ud800'])('does not take %j', (text) => {
    expect(isWellFormedName(text)).toBe(false);
  });
});
