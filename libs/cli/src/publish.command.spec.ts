import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runHermes } from './program.js';
import { EmptyFolder } from './testing/empty-folder.js';
import { HermesServer } from './testing/hermes-server.js';
import { TestTerminal } from './testing/test-terminal.js';

describe('hermes publish', () => {
  const folder = new EmptyFolder();
  let server: HermesServer;
  let terminal: TestTerminal;

  beforeEach(async () => {
    server = await HermesServer.start();
    terminal = new TestTerminal(folder.path);
  });

  afterEach(() => server.stop());

  function publish(...args: string[]): Promise<number> {
    return runHermes(['publish', ...args, '--url', server.url], terminal, '0.0.0');
  }

  it('publishes for everybody', async () => {
    expect(await publish('news', 'flash', '{"text":"hello"}', '--key', 'k3y')).toBe(0);
    expect(server.calls).toEqual([
      {
        method: 'POST',
        path: '/api/events',
        authorization: 'Bearer k3y',
        body: '{"channel":"news","event":"flash","visibility":"broadcast","data":{"text":"hello"}}',
      },
    ]);
    expect(terminal.printed.entries).toEqual(['accepted 1']);
    expect(terminal.said.entries).toEqual([]);
  });

  it('takes the key from the environment or a file, which lists of processes do not show', async () => {
    writeFileSync(join(folder.path, 'key'), 'from-a-file\n');
    process.env['HERMES_API_KEY'] = 'around';
    try {
      await publish('news', 'flash', '1');
      await publish('news', 'flash', '1', '--key', 'given');
      await publish('news', 'flash', '1', '--key-file', 'key');
    } finally {
      delete process.env['HERMES_API_KEY'];
    }
    const keys = server.calls.map(({ authorization }) => authorization);
    expect(keys).toEqual(['Bearer around', 'Bearer given', 'Bearer from-a-file']);
  });

  it('publishes for one user, with everything that can be said', async () => {
    const options = ['--user', 'alice', '--role', 'admin', '--ttl', '-1', '--cache-key', 'latest'];
    expect(await publish('news', 'flash', '1', ...options)).toBe(0);
    expect(JSON.parse(server.calls[0]?.body ?? '')).toEqual({
      channel: 'news',
      event: 'flash',
      visibility: 'direct',
      userId: 'alice',
      role: 'admin',
      cacheTtl: -1,
      cacheKey: 'latest',
      data: 1,
    });
  });

  it.each([['12345678901234567890'], ['-1.10'], ['{ "b": 1, "a": 1 }'], ['null'], ['"text"']])(
    'sends %s as it was typed',
    async (data) => {
      expect(await publish('news', 'flash', data)).toBe(0);
      expect(server.calls[0]?.body).toContain(`"data":${data}}`);
    },
  );

  it.each([[[]], [['-']]])('reads the payload from standard input with %j as data', async (data) => {
    terminal = new TestTerminal(folder.path, '{"from":"a file"}\n');
    expect(await publish('news', 'flash', ...data)).toBe(0);
    expect(JSON.parse(server.calls[0]?.body ?? '')).toMatchObject({ data: { from: 'a file' } });
  });

  it.each([
    ['hello', `'"hello"'`],
    ['{text:hello}', `'{"text":"hello"}'`],
    ['{}, "visibility":"internal"', `'{"text":"hello"}'`],
  ])('says how to quote %s', async (data, suggestion) => {
    expect(await publish('news', 'flash', data)).toBe(1);
    expect(terminal.said.entries[0]).toMatch(/^hermes: the data is not JSON: /);
    expect(terminal.said.entries[0]).toContain(suggestion);
    expect(server.calls).toEqual([]);
  });

  it('asks for data when there is none', async () => {
    expect(await publish('news', 'flash')).toBe(1);
    expect(terminal.said.entries[0]).toMatch(/^hermes: there is no data/);
  });

  it('uses address and key of the server that was started in this folder', async () => {
    folder.leave({ url: server.url, apiKey: 'left' });
    expect(await runHermes(['publish', 'news', 'flash', '1'], terminal, '0.0.0')).toBe(0);
    expect(server.calls[0]?.authorization).toBe('Bearer left');
  });

  it('gives that key to no other server', async () => {
    folder.leave({ url: 'http://127.0.0.1:1', apiKey: 'left' });
    await publish('news', 'flash', '1');
    expect(server.calls[0]?.authorization).toBeUndefined();
  });

  it('says what the server finds wrong, one fault a line', async () => {
    server.httpAnswer = {
      status: 400,
      body: '{"statusCode":400,"message":["channel must be shorter","role must be a string\\u001b"]}',
    };
    expect(await publish('news', 'flash', '1')).toBe(1);
    expect(terminal.said.entries).toEqual(['hermes: channel must be shorter', 'hermes: role must be a string\\u001b']);
  });

  it.each([
    [401, '{"statusCode":401,"message":"Unauthorized"}', 'the API key is missing or not accepted'],
    [503, '{"statusCode":503,"message":"the broker is away"}', 'the broker is away'],
    [302, '', 'the server answered with status 302'],
    [404, '<html>', 'the server answered with status 404'],
  ])('explains status %d', async (status, body, sentence) => {
    server.httpAnswer = { status, body };
    expect(await publish('news', 'flash', '1')).toBe(1);
    expect(terminal.said.entries[0]).toContain(sentence);
    expect(terminal.printed.entries).toEqual([]);
  });

  it('says when no server is there', async () => {
    await server.stop();
    expect(await publish('news', 'flash', '1')).toBe(1);
    expect(terminal.said.entries[0]).toBe(
      `hermes: no answer from ${server.url}/api/events: connect ECONNREFUSED 127.0.0.1:${server.port}`,
    );
  });

  it.each([['1.5'], ['-2'], ['soon']])('refuses a ttl of %s', async (ttl) => {
    expect(await publish('news', 'flash', '1', '--ttl', ttl)).toBe(1);
    expect(terminal.said.entries[0]).toContain('whole number of seconds');
  });
});
