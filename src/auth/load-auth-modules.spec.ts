import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { transformSync } from '@swc/core';

const run = promisify(execFile);
const nestModule = `import { Module } from '@nestjs/common'; export class PartnerModule {} Module({ providers: [] })(PartnerModule);`;

/** Jest cannot run a real `import()`, so the loader is compiled as it is for the product and run by Node itself. */
describe('modules of other teams', () => {
  let folder: string;

  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'hermes-modules-')));
    symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
    put('package.json', '{"type":"module"}');
    for (const source of ['load-auth-modules', 'own-config-service', 'resolve-auth-module'])
      compile(`auth/${source}.ts`);
    for (const name of readdirSync(join(__dirname, '../config'))) {
      if (name.endsWith('.ts') && !name.endsWith('.spec.ts')) compile(`config/${name}`);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function put(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  function compile(source: string): void {
    const { code } = transformSync(readFileSync(join(__dirname, '..', source), 'utf8'), {
      configFile: false,
      swcrc: false,
      jsc: {
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true },
        target: 'es2022',
      },
      module: { type: 'es6' },
    });
    put(`src/${source.replace(/\.ts$/, '.js')}`, code);
  }

  async function load(...names: string[]): Promise<string[]> {
    const script = `
      import 'reflect-metadata';
      import { loadAuthModules } from '${join(folder, 'src/auth/load-auth-modules.js')}';
      const shown = (found) => found.map((module) => module.name ?? 'dynamic ' + module.module.name);
      const told = (error) => error.faults ?? [String(error)];
      console.log(JSON.stringify(await loadAuthModules(${JSON.stringify(names)}).then(shown, told)));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: join(folder, 'home'),
    });
    return JSON.parse(stdout);
  }

  it('are found by path and by package, with or without a default export', async () => {
    put('home/single.js', nestModule);
    put('home/folder/package.json', '{"type":"module","main":"main.js"}');
    put(
      'home/folder/main.js',
      `${nestModule} export class Second {} Module({ providers: [] })(Second); export default PartnerModule;`,
    );
    put('home/dynamic.js', `${nestModule} export default { module: PartnerModule };`);
    put(
      'home/node_modules/@acme/import-only/package.json',
      '{"type":"module","exports":{".":{"types":"./x.d.ts","import":"./lib/index.js"}}}',
    );
    put('home/node_modules/@acme/import-only/lib/index.js', `${nestModule} export default PartnerModule;`);
    put(
      'home/node_modules/compiled/index.cjs',
      `const { Module } = require('@nestjs/common'); class Old {} Module({ imports: [] })(Old); exports.__esModule = true; exports.default = Old;`,
    );
    put('home/node_modules/compiled/package.json', '{"main":"index.cjs"}');

    expect(
      await load('./single.js', join(folder, 'home/folder'), './dynamic.js', '@acme/import-only', 'compiled'),
    ).toEqual(['PartnerModule', 'PartnerModule', 'dynamic PartnerModule', 'PartnerModule', 'Old']);
  });

  it('that cannot be had are all named, each with what to do', async () => {
    put('home/empty.js', 'export const nothing = 7; export default class Plain {}');
    put('home/two.js', `${nestModule} export class Second {} Module({ providers: [] })(Second);`);
    put('home/broken.js', `throw new Error('no database');`);

    expect(await load('./missing.js', '@acme/missing', './empty.js', './two.js', './broken.js')).toEqual([
      `HERMES_AUTH_MODULES: ./missing.js is not there, seen from ${folder}/home: correct the path`,
      `HERMES_AUTH_MODULES: @acme/missing is not there, seen from ${folder}/home: install the package, or start a path with ./`,
      'HERMES_AUTH_MODULES: ./empty.js exports no Nest module: make the class with @Module its default export',
      'HERMES_AUTH_MODULES: ./two.js exports 2 Nest modules: make one of them its default export',
      'HERMES_AUTH_MODULES: ./broken.js cannot be loaded (no database)',
    ]);
  });
});
