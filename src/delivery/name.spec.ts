import { isWellFormedName, isWellFormedRoom } from './name.js';

describe('isWellFormedName', () => {
  it.each(['bob', 'böb', '密码', '👍🏽', ' ', '', '\0', 'e\u0301'])('takes %j', (text) => {
    expect(isWellFormedName(text)).toBe(true);
  });

  it.each(['bob\ud800', '\udfffbob', 'b\ufffdb', '\udc00\ud800'])('does not take %j', (text) => {
    expect(isWellFormedName(text)).toBe(false);
  });
});

describe('isWellFormedRoom', () => {
  it.each([{ a: 'böb' }, { a: '\\ud800' }, { 'a\\\\ud800': ['👍🏽'] }, {}])('takes %j', (room) => {
    expect(isWellFormedRoom(JSON.stringify(room))).toBe(true);
  });

  it.each([{ a: 'b\ud800' }, { 'b\ufffd': 1 }, { a: ['\\\udfff'] }, { a: { b: '\\\\\ud83d' } }])(
    'does not take %j',
    (room) => {
      expect(isWellFormedRoom(JSON.stringify(room))).toBe(false);
    },
  );
});
