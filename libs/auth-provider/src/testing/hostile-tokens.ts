/** What nobody has as a token but anybody may send. */
export const HOSTILE_TOKENS: readonly { readonly name: string; readonly token: string }[] = [
  { name: 'an empty token', token: '' },
  { name: 'a blank token', token: '   ' },
  { name: 'a token of 8 KiB', token: 'x'.repeat(8 * 1024) },
  { name: 'a token with line breaks', token: 'a\r\nX-Admin: true\r\n\r\nb' },
  { name: 'a token with a NUL', token: 'a\0b' },
  { name: 'a token of emoji and other scripts', token: '🔑 ключ 鍵 مفتاح' },
  { name: 'a token with half a surrogate pair', token: '\ud83d' },
  { name: 'a token named like a property', token: '__proto__' },
  { name: 'a token of dots', token: '...' },
  { name: 'a token that looks like a JWT', token: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.' },
  { name: 'a token that is JSON', token: '{"userId":"admin","role":"admin"}' },
  { name: 'a token that is a path', token: '../../etc/passwd' },
];
