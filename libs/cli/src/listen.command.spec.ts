import type { Credentials } from '@hermes/protocol';
import { decodeJwt } from 'jose';
import { runHermes } from './program.js';
import { EmptyFolder } from './testing/empty-folder.js';
import { HermesServer, politely, refusing } from './testing/hermes-server.js';
import { TestTerminal } from './testing/test-terminal.js';

const WHO = ['--token', 't0ken', '--origin', 'user'];

describe('hermes listen', () => {
  const folder = new EmptyFolder();
  let server: HermesServer;
  let terminal: TestTerminal;

  beforeEach(async () => {
    server = await HermesServer.start();
    terminal = new TestTerminal(folder.path);
  });

  afterEach(async () => {
    terminal.interrupt();
    await server.stop();
  });

  function listen(...args: string[]): Promise<number> {
    return runHermes(['listen', ...args, '--url', server.subscribeUrl], terminal, '0.0.0');
  }

  function ready(nth = 1): Promise<string> {
    return terminal.said.until((line) => line.startsWith('listening'), nth);
  }

  it('shows every event until the user has had enough', async () => {
    const exitCode = listen();
    await ready();
    server.event('flash', { text: 'hello' });
    server.event('mail', [1, 2], false);
    await terminal.printed.until(() => true, 2);
    terminal.interrupt();
    expect(await exitCode).toBe(0);
    expect(terminal.printed.entries).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} {2}news {2}flash {2}broadcast {2}\{"text":"hello"\}$/),
      expect.stringMatching(/ {2}news {2}mail {2}direct {2}\[1,2\]$/),
    ]);
    expect(terminal.said.entries).toEqual([`listening to *** *** at ${server.subscribeUrl}`]);
    expect(await server.closes.until(() => true)).toBe(1000);
  });

  it('subscribes to what was named', async () => {
    void listen('news', 'flash');
    expect(await server.got('subscribe')).toMatchObject({ command: { channel: 'news', event: 'flash' } });
  });

  it('leaves after as many events as were asked for', async () => {
    const exitCode = listen('--count', '2');
    await ready();
    for (const payload of [1, 2, 3]) server.event('tick', payload);
    expect(await exitCode).toBe(0);
    expect(terminal.printed.entries).toHaveLength(2);
  });

  it('prints messages as they came when asked for JSON, one a line and nothing else', async () => {
    const exitCode = listen('--json', '--count', '1');
    await ready();
    server.send({ channel: 'ws_status', event: 'ping' });
    server.send('{"broadcast":true,"channel":"c","event":"e","data":{"e":{\n  "big": 12345678901234567890\n}}}');
    expect(await exitCode).toBe(0);
    expect(terminal.printed.entries).toEqual([
      '{"broadcast":true,"channel":"c","event":"e","data":{"e":{"big": 12345678901234567890}}}',
    ]);
  });

  it('answers pings', async () => {
    void listen();
    await ready();
    server.send({ channel: 'ws_status', event: 'ping' });
    expect(await server.got('pong')).toEqual({ channel: 'ws_status', event: 'pong' });
  });

  it('takes an event on the status channel for an event', async () => {
    const exitCode = listen('--count', '1');
    await ready();
    server.send({ broadcast: true, channel: 'ws_status', event: 'ping', data: { ping: 1 } });
    expect(await exitCode).toBe(0);
  });

  it('goes on after a message that it does not know', async () => {
    const exitCode = listen('--count', '1');
    await ready();
    for (const message of ['', 'nonsense', '[]', '{"channel":"ws_status","event":"news from the future"}']) {
      server.send(message);
    }
    server.event('tick', 1);
    expect(await exitCode).toBe(0);
  });

  it('finds the server that was started in this folder', async () => {
    folder.leave({ url: server.url, apiKey: 'k' });
    void runHermes(['listen'], terminal, '0.0.0');
    expect(await ready()).toContain(server.subscribeUrl);
  });

  it('refuses options that make no sense', async () => {
    expect(await listen('--count', '0')).toBe(1);
    expect(await listen('--token', 't0ken')).toBe(1);
    expect(await listen('--role', 'admin')).toBe(1);
    expect(await listen('a', 'b', 'c')).toBe(1);
    expect(terminal.said.entries).toEqual([
      expect.stringContaining('whole number from 1'),
      'hermes: to authorize, give both --token (or HERMES_TOKEN) and --origin, or --as <user>',
      'hermes: to authorize, give both --token (or HERMES_TOKEN) and --origin, or --as <user>',
      expect.stringContaining('too many arguments'),
    ]);
    expect(server.commands.entries).toEqual([]);
  });

  describe('as a user of the server in this folder', () => {
    it('makes a token for each connection, for the origin of that server', async () => {
      folder.leaveSecret('a secret of forty-three characters or so...');
      folder.leave({ url: server.url, apiKey: 'k', origin: 'staff' });
      void listen('--as', 'alice', '--role', 'admin');
      await ready();
      const { command } = (await server.got('authorize')) as { command: Credentials };
      expect(command).toMatchObject({ origin: 'staff', role: 'admin' });
      expect(decodeJwt(command.token)).toMatchObject({ sub: 'alice', role: 'admin' });
    });

    it('counts for more than a token in the environment', async () => {
      folder.leaveSecret('a secret of forty-three characters or so...');
      process.env['HERMES_TOKEN'] = 'around';
      void listen('--as', 'alice').finally(() => delete process.env['HERMES_TOKEN']);
      await ready();
      delete process.env['HERMES_TOKEN'];
      expect(await server.got('authorize')).not.toMatchObject({ command: { token: 'around' } });
    });

    it.each([
      [['--as', 'alice'], '--as needs .hermes/secret, which `npm start` makes'],
      [['--as', 'alice', '--token', 't'], 'give either --token or --as, not both'],
      [['--as', 'alice', '--url', 'ws://example.org'], '--as is for the server on this machine, and example.org is'],
    ])('says what is wrong with %j', async (args, fault) => {
      const url = args.includes('--url') ? [] : ['--url', server.subscribeUrl];
      expect(await runHermes(['listen', ...args, ...url], terminal, '0.0.0')).toBe(1);
      expect(terminal.said.entries.join()).toContain(fault);
    });
  });

  it('takes a token from the environment where an origin is given, and leaves it alone elsewhere', async () => {
    process.env['HERMES_TOKEN'] = 'around';
    try {
      const one = listen('--count', '1', '--origin', 'user');
      await ready();
      expect(await server.got('authorize')).toMatchObject({ command: { token: 'around', origin: 'user' } });
      server.event('flash', 1);
      await one;
      void listen();
      await ready(2);
      expect(server.commands.entries.filter(({ event }) => event === 'authorize')).toHaveLength(1);
    } finally {
      delete process.env['HERMES_TOKEN'];
    }
  });

  describe('with a token', () => {
    it('authorizes before it subscribes', async () => {
      void listen(...WHO, '--role', 'admin');
      await ready();
      expect(server.commands.entries).toMatchObject([
        { event: 'authorize', command: { token: 't0ken', origin: 'user', role: 'admin' } },
        { event: 'subscribe' },
        { event: 'handshake' },
      ]);
    });

    it.each([
      [401, 'access key is not accepted'],
      [403, 'the token is not accepted'],
      [406, 'the origin is unknown'],
      [503, 'did not answer in time'],
      [418, 'refused with this status'],
    ])('leaves when that fails with %d, and says what it means', async (code, meaning) => {
      server.answering = refusing(code);
      expect(await listen(...WHO)).toBe(1);
      expect(terminal.said.entries.join()).toContain(`hermes: authorize failed: ${code}, `);
      expect(terminal.said.entries.join()).toContain(meaning);
      expect(terminal.said.entries.join()).not.toContain('t0ken');
    });

    it('leaves when the server finds a fault with the command, and says which', async () => {
      server.answering = (command) =>
        command.event === 'authorize'
          ? { event: 'error', data: { resultCode: 400, message: 'token must be longer' } }
          : politely(command);
      expect(await listen(...WHO)).toBe(1);
      expect(terminal.said.entries).toEqual(['hermes: authorize failed: 400, token must be longer']);
    });

    it('authorizes again when the identity has expired', async () => {
      const exitCode = listen(...WHO);
      await ready();
      const expired = { channel: 'ws_status', event: 'authorize', data: { resultCode: 401, authorize: 'failed' } };
      server.send(expired);
      await server.got('authorize', 2);
      server.answering = refusing(403);
      server.send(expired);
      expect(await exitCode).toBe(1);
    });

    it('outlives a provider that is away while it reconnects', async () => {
      void listen(...WHO);
      await ready();
      server.answering = refusing(503);
      server.close(1001);
      await server.got('authorize', 2);
      server.answering = politely;
      await ready(2);
      expect(terminal.said.entries).toContain(
        'the server says: authorize: 503, the provider or the store did not answer in time',
      );
    });
  });

  describe('when the connection is lost', () => {
    it('comes back, authorizes and subscribes anew', async () => {
      const exitCode = listen('news', '--count', '2', ...WHO);
      await ready();
      server.event('tick', 1);
      await terminal.printed.until(() => true);
      const { port } = server;
      await server.stop();
      await terminal.said.until((line) => line.startsWith('connection lost'));
      server = await HermesServer.start(port);
      await ready(2);
      expect(server.commands.entries.map(({ event }) => event)).toEqual(['authorize', 'subscribe', 'handshake']);
      server.event('tick', 2);
      expect(await exitCode).toBe(0);
    });

    it('says why the server ended it, and when the next try is', async () => {
      void listen();
      await ready();
      server.close(4008, 'too slow');
      await ready(2);
      expect(terminal.said.entries[1]).toMatch(
        /^connection lost: events arrive faster than the client reads them \(4008\); trying again in 0\.\d s$/,
      );
    });

    it('stays away when coming back would not help', async () => {
      const exitCode = listen();
      await ready();
      server.close(1009);
      expect(await exitCode).toBe(1);
      expect(terminal.said.entries.at(-1)).toBe(
        'hermes: connection lost: the client sent a frame that is too large (1009)',
      );
    });

    it('leaves when it was told not to come back', async () => {
      const exitCode = listen('--no-reconnect');
      await ready();
      server.close(1001);
      expect(await exitCode).toBe(1);
      expect(terminal.said.entries.at(-1)).toMatch(/^hermes: connection lost: the server is shutting down/);
    });
  });

  describe('when the server is not there', () => {
    it('says so and leaves, when it was told not to try again', async () => {
      await server.stop();
      expect(await listen('--no-reconnect')).toBe(1);
      expect(terminal.said.entries).toEqual([
        `hermes: no connection to ${server.subscribeUrl}: connect ECONNREFUSED 127.0.0.1:${server.port}`,
      ]);
    });

    it('says so at each try, until it is there', async () => {
      const { port } = server;
      await server.stop();
      void listen();
      await terminal.said.until((line) => line.includes('trying again'), 2);
      server = await HermesServer.start(port);
      expect(await ready()).toContain(server.subscribeUrl);
    });

    it('can be left while it waits', async () => {
      await server.stop();
      const exitCode = listen();
      await terminal.said.until((line) => line.includes('trying again'));
      terminal.interrupt();
      expect(await exitCode).toBe(0);
    });

    it('says when something else is there', async () => {
      const exitCode = runHermes(['listen', '--no-reconnect', '--url', `${server.url}/elsewhere`], terminal, '0.0.0');
      expect(await exitCode).toBe(1);
      expect(terminal.said.entries[0]).toContain('Unexpected server response: 400');
    });
  });
});
