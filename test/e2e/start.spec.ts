import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jwtVerify } from 'jose';
import { mintToken } from '../../libs/cli/src/local-token.js';
import { runDirectory } from '../support/services/run-directory.js';
import { Client } from '../support/hermes/client.js';
import { built, emptyFolder, PRODUCT_TIMEOUT, ROOT } from '../support/hermes/product.js';
import { waitFor } from '../support/index.js';

type Environment = Readonly<Record<string, string>>;

/** `npm start` in a folder of its own. */
class Start {
  readonly ended: Promise<number | null>;
  output = '';
  errors = '';
  readonly #child: ChildProcess;

  constructor(
    readonly folder: string,
    environment: Environment = {},
  ) {
    this.#child = spawn(process.execPath, [join(ROOT, 'scripts/start.mjs')], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HERMES_PORT: '0',
        HERMES_GRPC_PORT: '0',
        ...environment,
        TEST_SERVICE_OF: runDirectory(),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    this.ended = new Promise((resolve) => this.#child.once('close', resolve));
  }

  get local(): { url: string; grpc?: string } {
    return JSON.parse(readFileSync(join(this.folder, '.hermes/local.json'), 'utf8')) as { url: string; grpc?: string };
  }

  /** What it has left for the terminal client. */
  get left(): string | undefined {
    try {
      return readFileSync(join(this.folder, '.hermes/local.json'), 'utf8');
    } catch {
      return undefined;
    }
  }

  get url(): string {
    return /Hermes is up at (\S+)/.exec(this.output)?.[1] ?? '';
  }

  async up(): Promise<this> {
    await waitFor('Hermes to greet', () => this.output.includes('hello from curl') || this.#child.exitCode !== null, {
      timeout: 60_000,
    });
    await waitFor('its word for the terminal client', () => existsSync(join(this.folder, '.hermes/local.json')));
    return this;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.ended;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

/** What `npm start` adds to an environment. */
async function added(environment: Environment, folder = emptyFolder()): Promise<Record<string, string>> {
  const code = `import { localChat } from ${JSON.stringify(join(ROOT, 'scripts/local-chat.mjs'))};
    console.log(JSON.stringify(localChat(${JSON.stringify(environment)}, ${JSON.stringify(folder)})));`;
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
  return JSON.parse((await run).stdout) as Record<string, string>;
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

describe('what npm start adds to the settings', () => {
  const providers = {
    HERMES_AUTH_PROVIDERS: expect.stringMatching(/^\{"user":\{"type":"jwt","secret":"[\w-]{43}"\}\}$/),
  };

  it.each<[string, Environment, object]>([
    ['a database and users', {}, { HERMES_DATA_DIR: '.hermes/data', ...providers }],
    ['no database beside another', { HERMES_POSTGRES_URL: 'postgres://db/hermes' }, providers],
    ['no database where there is to be none', { HERMES_DATA_DIR: '' }, providers],
    ['no database for several processes', { HERMES_WORKERS: '2' }, providers],
    ['a database for one', { HERMES_WORKERS: '1' }, { HERMES_DATA_DIR: '.hermes/data', ...providers }],
    ['no users beside others', { HERMES_AUTH_PROVIDERS: '{}' }, { HERMES_DATA_DIR: '.hermes/data' }],
    ['no users beside those of a module', { HERMES_AUTH_MODULES: 'm' }, { HERMES_DATA_DIR: '.hermes/data' }],
    ['nothing', { HERMES_DATA_DIR: 'd', HERMES_AUTH_PROVIDERS: '' }, {}],
  ])('is %s: %j', async (_, environment, expected) => {
    expect(await added(environment)).toEqual(expected);
  });

  it('names the origin that chat asks', async () => {
    const { HERMES_AUTH_PROVIDERS = '' } = await added({ HERMES_CHAT_ORIGIN: 'staff' });
    expect(Object.keys(JSON.parse(HERMES_AUTH_PROVIDERS) as object)).toEqual(['staff']);
  });

  it('keeps a secret that is made once, for this user alone', async () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, '.hermes'), { mode: 0o755 });
    const [first, second] = await Promise.all([added({}, folder), added({}, folder)]);
    chmodSync(join(folder, '.hermes/secret'), 0o644);
    expect([second, await added({}, folder)]).toEqual([first, first]);
    expect([modeOf(join(folder, '.hermes')), modeOf(join(folder, '.hermes/secret'))]).toEqual([0o700, 0o600]);
  });

  it('is a sentence when the secret is not one', async () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, '.hermes'));
    writeFileSync(join(folder, '.hermes/secret'), 'short');
    await expect(added({}, folder)).rejects.toThrow('.hermes/secret is not as Hermes made it');
  });
});

describe('npm start', () => {
  let starts: Start[] = [];

  beforeAll(() => built(), PRODUCT_TIMEOUT);

  afterEach(async () => {
    await Promise.all(starts.map((one) => one.kill()));
    starts = [];
  });

  function start(environment?: Environment, folder = emptyFolder()): Start {
    const one = new Start(folder, environment);
    starts.push(one);
    return one;
  }

  it(
    'has chat, keeps its secret to itself, and keeps both when it starts again',
    async () => {
      const first = await start().up();
      const secret = readFileSync(join(first.folder, '.hermes/secret'), 'utf8');
      expect(first.local.grpc).toMatch(/^127\.0\.0\.1:\d+$/);
      expect(first.output).toContain(`Chat, over gRPC at ${first.local.grpc}`);
      expect(first.output).toContain("npx hermes chat send bob 'hello' --as alice");
      expect(first.output + first.errors).not.toContain(secret);
      expect(existsSync(join(first.folder, '.hermes/data'))).toBe(true);
      const { payload } = await jwtVerify(mintToken(secret, { userId: 'bob' }), Buffer.from(secret));
      expect(payload.sub).toBe('bob');
      await first.stop();

      const second = await start({}, first.folder).up();
      expect(readFileSync(join(second.folder, '.hermes/secret'), 'utf8')).toBe(secret);
    },
    PRODUCT_TIMEOUT,
  );

  it(
    'lets two terminals chat, with nothing lost when it is killed',
    async () => {
      const first = await start().up();
      const hermes = (...words: string[]): Promise<{ stdout: string }> =>
        promisify(execFile)(process.execPath, [join(ROOT, 'libs/cli/bin/hermes.js'), 'chat', ...words], {
          cwd: first.folder,
          env: { PATH: process.env['PATH'] },
        });
      const listening = hermes('listen', '--as', 'bob', '--count', '3');
      const { stdout } = await hermes('send', 'bob', 'hello', '--as', 'alice');
      const [, channel = ''] = /^sent to ([\da-f-]{36}) as #2\n$/.exec(stdout) ?? [];
      await hermes('send', '--channel', channel, 'are you there?', '--as', 'alice');
      await first.kill();

      const port = first.local.grpc?.split(':')[1] ?? '';
      await start({ HERMES_GRPC_PORT: port }, first.folder).up();
      await hermes('send', 'alice', 'yes', '--as', 'bob');
      const seen = (await listening).stdout.trim().split('\n');
      expect(seen.map((line) => line.split('  ').slice(1))).toEqual([
        [channel, '#2', 'alice: hello'],
        [channel, '#3', 'alice: are you there?'],
        [channel, '#4', 'bob: yes'],
      ]);
      expect((await hermes('channels', '--as', 'bob')).stdout).toMatch(
        new RegExp(`\n${channel} +private +alice +2 +#4\n$`),
      );
    },
    PRODUCT_TIMEOUT,
  );

  it(
    'leaves word of itself for this user alone, in the place of whatever was there, until it ends',
    async () => {
      const folder = emptyFolder();
      mkdirSync(join(folder, '.hermes'), { mode: 0o755 });
      writeFileSync(join(folder, '.hermes/local.json'), '{"url":"http', { mode: 0o644 });
      const first = await start({}, folder).up();
      await waitFor('its word in the place of half a one', () => first.left?.includes('"origin":"user"'));
      expect([modeOf(join(folder, '.hermes')), modeOf(join(folder, '.hermes/local.json'))]).toEqual([0o700, 0o600]);
      expect(readdirSync(join(folder, '.hermes')).toSorted()).toEqual(['data', 'local.json', 'secret']);
      await first.stop();
      expect(first.left).toBeUndefined();
    },
    PRODUCT_TIMEOUT,
  );

  it(
    'leaves the word of a server that was started beside it',
    async () => {
      const first = await start({ HERMES_DATA_DIR: '' }).up();
      const second = start({ HERMES_DATA_DIR: '' }, first.folder);
      await waitFor('the second to greet', () => second.output.includes('hello from curl'), { timeout: 60_000 });
      const left = await waitFor('its word', () => (first.left?.includes(second.url) ? first.left : undefined));
      await first.stop();
      expect(second.left).toBe(left);
    },
    PRODUCT_TIMEOUT,
  );

  it(
    'takes the tokens that the terminal client makes, with the roles in them',
    async () => {
      const { folder, local } = await start({ HERMES_CHAT_ORIGIN: 'staff' }).up();
      const hermes = (...words: string[]): Promise<{ stdout: string }> =>
        promisify(execFile)(process.execPath, [join(ROOT, 'libs/cli/bin/hermes.js'), ...words], {
          cwd: folder,
          env: { PATH: process.env['PATH'] },
        });
      const authorize = (await hermes('token', 'alice', '--role', 'admin', '--json')).stdout;
      const client = await Client.connect(`${local.url.replace('http', 'ws')}/_ws/subscribe`);
      client.raw(authorize);
      expect(await client.next()).toMatchObject({ event: 'authorize', data: { resultCode: 200 } });
      await client.close();

      const listening = spawn(
        process.execPath,
        [join(ROOT, 'libs/cli/bin/hermes.js'), 'listen', '--as', 'bob', '--count', '1'],
        { cwd: folder, env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'pipe'] },
      );
      let heard = '';
      let said = '';
      listening.stdout.setEncoding('utf8').on('data', (text: string) => (heard += text));
      listening.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
      const left = new Promise((resolve) => listening.once('close', resolve));
      await waitFor('bob to listen', () => said.includes('listening'), { timeout: 60_000 });
      await hermes('publish', 'news', 'secret', '"for bob"', '--user', 'bob');
      expect(await left).toBe(0);
      expect(heard).toMatch(/ {2}news {2}secret {2}direct {2}"for bob"\n$/);
    },
    PRODUCT_TIMEOUT,
  );

  it('reads .env before it adds anything', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, '.env'), 'HERMES_DATA_DIR=\nHERMES_AUTH_PROVIDERS=\n');
    const hermes = await start({}, folder).up();
    expect(hermes.local.grpc).toBeUndefined();
    expect(hermes.output).not.toContain('Chat, over gRPC');
    expect(existsSync(join(folder, '.hermes/secret'))).toBe(false);
  });

  it('has several workers and no chat when it is told to have several workers', async () => {
    const hermes = await start({ HERMES_WORKERS: '2' }).up();
    expect(hermes.local.grpc).toBeUndefined();
    expect(existsSync(join(hermes.folder, '.hermes/data'))).toBe(false);
  });

  describe('when the port for gRPC is taken', () => {
    let taken: Server;

    beforeEach(async () => {
      taken = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => taken.once('listening', resolve));
    });

    afterEach(() => taken.close());

    it('ends with a sentence that names the setting', async () => {
      const { port } = taken.address() as AddressInfo;
      const hermes = start({ HERMES_GRPC_PORT: String(port) });
      expect(await hermes.ended).toBe(1);
      expect(hermes.errors).toMatch(new RegExp(`^ *HERMES_GRPC_PORT: .*${port}.*EADDRINUSE`, 'm'));
      expect(hermes.errors).not.toMatch(/^ +at /m);
    });
  });
});
