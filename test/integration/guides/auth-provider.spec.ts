import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { built, Product, PRODUCT_TIMEOUT, ROOT } from '../../support/hermes/product.js';
import { describeUnless } from '../../support/services/describe-with.js';

const execute = promisify(execFile);
/** npm takes what it has in its cache; on a machine that has nothing yet it asks its registry. */
const INSTALLING = 300_000;

const guide = readFileSync(join(ROOT, 'docs/guides/auth-provider.md'), 'utf8');

interface Block {
  readonly language: string;
  readonly text: string;
}

const blocks: readonly Block[] = [...guide.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(
  ([, language = '', text = '']) => ({ language, text }),
);

function noRegistry(): string | undefined {
  const { status } = spawnSync('npm', ['view', '--prefer-offline', '@nestjs/common@^12', 'version'], {
    timeout: 60_000,
    stdio: 'ignore',
  });
  return status === 0 ? undefined : 'npm can reach no registry, from which the guide installs packages';
}

/** Does what the guide says, in the order in which it says it. */
async function follow(folder: string): Promise<void> {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], npm_config_prefer_offline: 'true' };
  for (const { language, text } of blocks) {
    const [, path] = /^\/\/ (\S+)\n/.exec(text) ?? [];
    if (path !== undefined) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    } else if (language === 'sh') {
      await execute('sh', ['-ec', text.replaceAll('<hermes>', ROOT)], { cwd: folder, env });
    }
  }
}

describeUnless(noRegistry(), 'the guide to an AuthProvider in TypeScript', () => {
  let folder: string;
  const products: Product[] = [];

  beforeAll(async () => {
    await built();
    folder = mkdtempSync(join(tmpdir(), 'hermes-guide-'));
    await follow(folder);
  }, PRODUCT_TIMEOUT + INSTALLING);

  afterAll(async () => {
    await Promise.all(products.map((product) => product.kill()));
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(environment: Record<string, string>, modules = folder): Promise<Product> {
    const product = await Product.start({ HERMES_AUTH_MODULES: modules, ...environment });
    products.push(product);
    return product;
  }

  async function faults(environment: Record<string, string>, modules = folder): Promise<string> {
    const product = await Product.launch({ HERMES_AUTH_MODULES: modules, ...environment });
    expect(await product.ended).toEqual({ code: 1, signal: null });
    return product.stdout + product.stderr;
  }

  it(
    'makes a provider for two origins that injects ConfigService, from a package with a copy of its own',
    async () => {
      expect(existsSync(join(folder, 'node_modules/@nestjs/config'))).toBe(true);
      const hermes = await start({ PARTNER_PASSWORD: 'open sesame' });
      const client = await hermes.client();
      expect(await client.authorize('open sesame', 'partner', 'partner')).toBe(200);
      expect(await client.authorize('open sesame', 'partner-old', 'partner')).toBe(200);
      expect(await client.authorize('close sesame', 'partner', 'partner')).toBe(403);
      expect(await client.authorize('open sesame', 'partner', 'admin')).toBe(406);
    },
    PRODUCT_TIMEOUT,
  );

  it(
    'is told in one sentence with the entry when a constructor throws',
    async () => {
      const said = await faults({});
      expect(said).toContain(`HERMES_AUTH_MODULES: ${folder} cannot be started:`);
      expect(said).toContain('PARTNER_PASSWORD');
      expect(said).toMatch(/partner\.provider\.js:\d+:\d+\)/);
      expect(said).not.toMatch(/^ +at /m);
    },
    PRODUCT_TIMEOUT,
  );

  it(
    'is told in one sentence with the entry when nobody provides what a constructor asks for',
    async () => {
      const path = join(folder, 'asks.js');
      writeFileSync(
        path,
        `import { Module, Inject } from '@nestjs/common';
         class Asking {}
         Inject('a thing')(Asking, undefined, 0);
         export default class AskingModule {}
         Module({ providers: [Asking] })(AskingModule);`,
      );
      const said = await faults({}, path);
      expect(said).toContain(`HERMES_AUTH_MODULES: ${path} asks for what nobody provides:`);
      expect(said).not.toMatch(/^ +at /m);
    },
    PRODUCT_TIMEOUT,
  );

  it('names every option of the compiler and every type that it needs', () => {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      dependencies: object;
      devDependencies: object;
    };
    expect(Object.keys(manifest.dependencies)).toEqual([
      '@hermes/auth-provider',
      '@nestjs/common',
      '@nestjs/config',
      'reflect-metadata',
    ]);
    expect(Object.keys(manifest.devDependencies)).toEqual(['@types/node', 'typescript']);
  });
});
