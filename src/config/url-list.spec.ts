import { urlList } from './url-list.js';

const read = urlList(['nats:', 'tls:'], 'nats://host');

describe('urlList', () => {
  it.each(['nats://host', 'nats://user:p%40ss%25@one:4222, tls://[::1]', 'nats://one,,'])(
    'takes %j as it is',
    (text) => {
      expect(read(text)).toBe(text);
    },
  );

  it.each(['', ',', ' , ', 'host:4222', 'http://host', 'nats://', 'nats://one,two'])('does not take %j', (text) => {
    expect(() => read(text)).toThrow('must be a URL such as nats://host');
  });

  it.each(['nats://user:100%pass@host', 'nats://100%@host', 'nats://host/%', 'nats://one,nats://u:%ff@two'])(
    'says what to write for the %% in %j',
    (text) => {
      expect(() => read(text)).toThrow('has a % that begins no character: write it as %25');
    },
  );
});
