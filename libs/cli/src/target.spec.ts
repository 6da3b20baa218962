import { EmptyFolder } from './testing/empty-folder.js';
import { targetOf } from './target.js';

describe('which server is meant', () => {
  const folder = new EmptyFolder();

  function target(given: { url?: string; key?: string } = {}): object | string {
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

  it.each(['no JSON', 'null', '[]', '{"url":"http://127.0.0.1:9000"}', '{"url":"nowhere at all","apiKey":"k"}'])(
    'passes over a file that says %s',
    (content) => {
      folder.leave(content);
      expect(target()).toEqual({ publish: 'http://127.0.0.1:8080/api/events', key: undefined });
    },
  );

  it('is nobody when the address is none', () => {
    expect(target({ url: 'ftp://example.org' })).toMatch(/^ftp:\/\/example\.org is not the address of a server/);
  });
});
