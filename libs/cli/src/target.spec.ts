import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmptyFolder } from './testing/empty-folder.js';
import { targetOf, type GivenTarget } from './target.js';

describe('which server is meant', () => {
  const folder = new EmptyFolder();

  function target(given: GivenTarget = {}): object | string {
    const found = targetOf(folder.path, given);
    return typeof found === 'string' ? found : { publish: found.url.publish, key: found.key };
  }

  it('is the one on this machine when nothing is known', () => {
    expect(target()).toEqual({ publish: 'http://127.0.0.1:8080/api/events', key: undefined });
  });

  it('is the one that was started in this folder, with its key', () => {
    folder.leave({ url: 'http://127.0.0.1:9000', apiKey: 'left' });
    expect(target()).toEqual({ publish: 'http://127.0.0.1:9000/api/events', key: 'left' });
    expect(target({ key: 'given' })).toMatchObject({ key: 'given' });
    expect(target({ url: 'ws://127.0.0.1:9000/_ws/subscribe' })).toMatchObject({ key: 'left' });
  });

  it('keeps the key of the server in this folder from every other server', () => {
    folder.leave({ url: 'http://127.0.0.1:9000', apiKey: 'left' });
    for (const url of ['http://example.org:9000', 'http://127.0.0.1:9001', 'https://127.0.0.1:9000']) {
      expect(target({ url })).toMatchObject({ key: undefined });
    }
  });

  it.each(['', 'no JSON', '{"url":"http://127.0.0.1:9', 'null', '[]', '{"url":"http://127.0.0.1:9000"}'])(
    'is a sentence when what was left says %j, and no other server for it',
    (content) => {
      folder.leave(content);
      expect(target()).toMatch(/^\.hermes\/local\.json is not as Hermes writes it: start Hermes again/);
      expect(target({ url: 'http://127.0.0.1:8080' })).toEqual({
        publish: 'http://127.0.0.1:8080/api/events',
        key: undefined,
      });
    },
  );

  it('takes a key from a file, without its line break', () => {
    writeFileSync(join(folder.path, 'key'), 'from-a-file\n');
    expect(target({ keyFile: 'key' })).toMatchObject({ key: 'from-a-file' });
    expect(target({ keyFile: join(folder.path, 'key') })).toMatchObject({ key: 'from-a-file' });
    expect(target({ keyFile: 'key', key: 'given' })).toBe('give either --key or --key-file, not both');
  });

  it.each([
    ['none', 'none cannot be read (ENOENT)'],
    ['.', '. cannot be read (EISDIR)'],
    ['empty', 'empty does not hold a key, which is one word of ASCII'],
    ['two', 'two does not hold a key, which is one word of ASCII'],
  ])('is a sentence when the file of the key is %s', (keyFile, fault) => {
    writeFileSync(join(folder.path, 'empty'), '');
    writeFileSync(join(folder.path, 'two'), 'one\ntwo');
    expect(target({ keyFile })).toBe(`--key-file: ${fault}`);
  });

  it('takes the key of the environment, unless the server has left its own', () => {
    expect(target({ environmentKey: 'around' })).toMatchObject({ key: 'around' });
    expect(target({ environmentKey: '' })).toMatchObject({ key: undefined });
    folder.leave({ url: 'http://127.0.0.1:9000', apiKey: 'left' });
    expect(target({ environmentKey: 'around' })).toMatchObject({ key: 'left' });
    expect(target({ environmentKey: 'around', url: 'http://example.org' })).toMatchObject({ key: 'around' });
  });

  it('is nobody when the address is none', () => {
    expect(target({ url: 'ftp://example.org' })).toMatch(/^ftp:\/\/example\.org is not the address of a server/);
  });
});
