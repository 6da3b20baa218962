import { readOrigin, readOriginList } from './origin.js';

describe('readOrigin', () => {
  it.each([
    ['https://app.example.com', 'https://app.example.com'],
    ['https://APP.Example.com', 'https://app.example.com'],
    ['https://app.example.com:443', 'https://app.example.com'],
    ['http://app.example.com:80', 'http://app.example.com'],
    ['http://app.example.com:443', 'http://app.example.com:443'],
    ['https://app.example.com.', 'https://app.example.com'],
    ['https://app.example.com.:8443', 'https://app.example.com:8443'],
    ['http://[0:0:0:0:0:0:0:1]:8080', 'http://[::1]:8080'],
    ['https://müller.example', 'https://xn--mller-kva.example'],
    ['capacitor://localhost', 'capacitor://localhost'],
    ['chrome-extension://abcdefgh', 'chrome-extension://abcdefgh'],
    ['app://obsidian.md', 'app://obsidian.md'],
    ['file://', 'file://'],
    ['null', 'null'],
  ])('reads %s as %s', (text, origin) => {
    expect(readOrigin(text)).toBe(origin);
  });

  it.each([
    '',
    'app.example.com',
    'https://',
    'https://a/',
    'https://a/b',
    'https://a?b',
    'https://u@a',
    'http://[',
    'a:b',
  ])('takes no %j for one', (text) => {
    expect(readOrigin(text)).toBeUndefined();
  });
});

describe('readOriginList', () => {
  const list = readOriginList([
    'https://App.example',
    'https://*.example.com',
    'http://*.localhost:3000',
    'tauri://localhost',
  ]);

  it.each([
    'https://app.example',
    'https://a.example.com',
    'https://a.b.example.com',
    'http://shop.localhost:3000',
    'tauri://localhost',
  ])('has %s', (origin) => {
    expect(list.has(origin)).toBe(true);
  });

  it.each([
    'https://example.com',
    'https://evilexample.com',
    'https://.example.com',
    'http://a.example.com',
    'https://a.example.com:8443',
    'https://a.example.com.evil.example',
    'http://shop.localhost',
    'tauri://other',
    'null',
    '',
  ])('has no %s', (origin) => {
    expect(list.has(origin)).toBe(false);
  });

  it('has everything with a star', () => {
    const all = readOriginList(['*']);

    expect([all.has('https://evil.example'), all.has('null'), all.has('')]).toEqual([true, true, true]);
  });

  it.each([
    'https://*',
    'https://*.com',
    'https://app.*.example.com',
    'https://app*.example.com',
    'http://localhost:*',
    'https://*.1.2.3.4',
    'https://*.[::1]',
    '*.example.com',
    '*://app.example.com',
    'chrome-extension://*',
    'https://*.example.com/',
  ])('refuses %s by its name', (entry) => {
    expect(() => readOriginList(['https://ok.example', entry])).toThrow(`"${entry}" has a * where none may be`);
  });
});
