import { runHermes } from './program.js';
import { EmptyFolder } from './testing/empty-folder.js';
import { HermesServer } from './testing/hermes-server.js';
import { TestTerminal } from './testing/test-terminal.js';

describe('hermes health', () => {
  const folder = new EmptyFolder();
  let server: HermesServer;
  let terminal: TestTerminal;

  beforeEach(async () => {
    server = await HermesServer.start();
    terminal = new TestTerminal(folder.path);
  });

  afterEach(() => server.stop());

  function health(): Promise<number> {
    return runHermes(['health', '--url', server.url], terminal, '0.0.0');
  }

  it('is content with a server that is ready', async () => {
    server.httpAnswer = { status: 200, body: '{"status":"ready","reasons":[],"sources":{}}' };
    expect(await health()).toBe(0);
    expect(terminal.printed.entries).toEqual(['ready']);
    expect(server.calls[0]).toMatchObject({ method: 'GET', path: '/health/ready' });
  });

  it('says why a server is not ready', async () => {
    server.httpAnswer = { status: 503, body: '{"status":"not ready","reasons":["rabbitmq: connection refused"]}' };
    expect(await health()).toBe(1);
    expect(terminal.printed.entries).toEqual(['not ready', '  rabbitmq: connection refused']);
  });

  it('says when something else answers', async () => {
    server.httpAnswer = { status: 200, body: '<html>' };
    expect(await health()).toBe(1);
    expect(terminal.said.entries[0]).toContain('nothing that Hermes would say');
  });

  it('says when nobody answers', async () => {
    await server.stop();
    expect(await health()).toBe(1);
    expect(terminal.said.entries[0]).toContain('ECONNREFUSED');
  });
});
