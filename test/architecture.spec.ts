import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, posix, relative } from 'node:path';
import * as ts from 'typescript';

/*
 * The rules of the house (docs/architecture.md), read off the sources. Each rule is a function from sources to sentences,
 * one for each offence, so that it can be shown to fail on a few lines in memory.
 */

/** A file of the product: its path from the root of the repository, with forward slashes, and its text. */
interface Source {
  readonly path: string;
  readonly text: string;
}

type Rule = (sources: readonly Source[]) => string[];

const ROOT = join(__dirname, '..');
const MAX_LINES = 300;
const EMPTY_NAMES = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'manager', 'base', 'misc']);

/** What each top-level folder of src may import beside itself and the libraries; files at the root may import all. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  // Observability watches every part and steers none, so nothing but the application stands above it.
  observability: ['sources', 'gateways', 'workers', 'sessions', 'auth', 'chat', 'stores', 'http', 'delivery', 'config'],
  sources: ['sessions', 'auth', 'stores', 'http', 'addresses', 'delivery', 'config'],
  gateways: ['chat', 'sessions', 'auth', 'stores', 'back-ends', 'http', 'addresses', 'delivery', 'config'],
  workers: ['delivery', 'config'],
  // Chat is domain and gateway in one: it has clients of its own, and the WebSocket gateways stand on it.
  chat: ['sessions', 'auth', 'stores', 'addresses', 'delivery', 'config'],
  sessions: ['addresses', 'delivery', 'config'],
  auth: ['back-ends', 'addresses', 'delivery', 'config'],
  stores: ['config'],
  'back-ends': [],
  http: [],
  addresses: ['config'],
  delivery: [],
  config: [],
};

/** Folders whose sub-folders are features of their own, and what those features share. */
const SHARED: Readonly<Record<string, string>> = { gateways: 'gateways/websocket', sources: 'sources' };

/** Where the environment may be read. */
const READS_ENVIRONMENT = /^src\/(config\/|main\.ts$)/;

function filesUnder(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}

/** Every TypeScript source but specs, declarations and what was built. */
function readSources(): readonly Source[] {
  return [...filesUnder('src'), ...filesUnder('libs')]
    .filter((path) => path.endsWith('.ts') && !/\.spec\.ts$|\.d\.ts$|\/(dist|node_modules)\//.test(path))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

const parsed = new WeakMap<Source, ts.SourceFile>();

function parse(source: Source): ts.SourceFile {
  let tree = parsed.get(source);
  if (tree === undefined) {
    tree = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest, true);
    parsed.set(source, tree);
  }
  return tree;
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

/** All that a file imports or exports from, as it is written: statically, dynamically or as a type. */
function specifiersOf(source: Source): string[] {
  const found: string[] = [];
  visit(parse(source), (node) => {
    const specifier =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
            ? node.argument.literal
            : undefined;
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) found.push(specifier.text);
  });
  return found;
}

/** The files of the repository that a source imports. */
function filesImportedBy(source: Source): string[] {
  return specifiersOf(source)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => posix.join(dirname(source.path), specifier).replace(/\.js$/, '.ts'));
}

/** The folder of a file below src: undefined at the root of src and outside of it. */
function folderOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

/** The feature of a file below src: `sessions`, `gateways/hermes`, `sources`. */
function featureOf(path: string): string | undefined {
  const folder = folderOf(path);
  if (folder === undefined || !(folder in SHARED)) return folder;
  return /^src\/([^/]+\/[^/]+)\//.exec(path)?.[1] ?? folder;
}

/** An offence for each import of a file in src by a file in src that the judge objects to. */
function judgeImports(sources: readonly Source[], objects: (from: string, to: string) => boolean): string[] {
  return sources.flatMap((source) =>
    filesImportedBy(source)
      .filter((to) => source.path.startsWith('src/') && to.startsWith('src/') && objects(source.path, to))
      .map((to) => `${source.path} imports ${to}`),
  );
}

const importsPointDown: Rule = (sources) =>
  judgeImports(sources, (from, to) => {
    const [above, below] = [folderOf(from), folderOf(to)];
    if (above === undefined || above === below) return false;
    return below === undefined || !(BELOW[above] ?? []).includes(below);
  });

const everyFolderHasItsPlace: Rule = (sources) => {
  const folders = new Set(sources.map(({ path }) => folderOf(path)).filter((folder) => folder !== undefined));
  return [...folders]
    .filter((folder) => !(folder in BELOW))
    .map((folder) => `src/${folder} has no place in the order of folders`);
};

const featuresDoNotKnowEachOther: Rule = (sources) =>
  judgeImports(sources, (from, to) => {
    const folder = folderOf(from);
    if (folder === undefined || folder !== folderOf(to)) return false;
    const [one, other] = [featureOf(from), featureOf(to)];
    return one !== other && other !== SHARED[folder];
  });

const importsEnterThroughTheIndex: Rule = (sources) =>
  judgeImports(sources, (from, to) => dirname(from) !== dirname(to) && posix.basename(to) !== 'index.ts');

const deliveryStandsAlone: Rule = (sources) =>
  sources
    .filter(({ path }) => folderOf(path) === 'delivery')
    .flatMap((source) =>
      specifiersOf(source)
        .filter((specifier) => !specifier.startsWith('./') && specifier !== 'node:buffer')
        .map((specifier) => `${source.path} imports ${specifier}`),
    );

const librariesStandAlone: Rule = (sources) =>
  sources
    .filter(({ path }) => path.startsWith('libs/'))
    .flatMap((source) => {
      const [, library = ''] = source.path.split('/');
      return filesImportedBy(source)
        .filter((to) => !to.startsWith(`libs/${library}/`))
        .map((to) => `${source.path} imports ${to}`);
    });

const nodeModulesSayThatTheyAre: Rule = (sources) =>
  sources.flatMap((source) =>
    specifiersOf(source)
      .filter((specifier) => builtinModules.includes(specifier))
      .map((specifier) => `${source.path} imports ${specifier}, which is node:${specifier}`),
  );

const theEnvironmentIsReadInOnePlace: Rule = (sources) =>
  sources
    .filter(({ path }) => path.startsWith('src/') && !READS_ENVIRONMENT.test(path))
    .flatMap((source) => {
      const offences: string[] = [];
      visit(parse(source), (node) => {
        const reads = /^process\s*(\?\.|\.)\s*env$|^process\[['"`]env/.test(isAccess(node) ? node.getText() : '');
        const unpacks =
          ts.isVariableDeclaration(node) &&
          node.initializer?.getText() === 'process' &&
          /\benv\b/.test(node.name.getText());
        if (reads || unpacks) offences.push(`${source.path}:${lineOf(node)} reads process.env`);
      });
      return offences;
    });

const filesAreShort: Rule = (sources) =>
  sources
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => `${path} has ${lines} lines, ${MAX_LINES} are enough`);

const namesSayWhatIsInside: Rule = (sources) =>
  sources
    .filter(({ path }) => path.split(/[/.-]/).some((word) => EMPTY_NAMES.has(word)))
    .map(({ path }) => `${path} has a name that says nothing`);

const nothingIsAny: Rule = (sources) =>
  sources.flatMap((source) => {
    const offences: string[] = [];
    visit(parse(source), (node) => {
      if (node.kind === ts.SyntaxKind.AnyKeyword) {
        offences.push(`${source.path}:${lineOf(node)} says any: ${node.parent.getText().slice(0, 60)}`);
      }
    });
    return offences;
  });

const nothingGoesInCircles: Rule = (sources) => {
  const imports = new Map(sources.map((source) => [source.path, valueImportsOf(source)]));
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
    if (done.has(path)) return;
    done.add(path);
    for (const next of imports.get(path) ?? []) walk(next, [...trail, path]);
  };
  for (const path of imports.keys()) walk(path, []);
  return circles;
};

/** Imports that are still there at run time: those of types alone are no circle. */
function valueImportsOf(source: Source): string[] {
  const kept = parse(source)
    .statements.filter((statement) => ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement))
    .filter((statement) => !isTypeOnly(statement))
    .map((statement) => statement.getText())
    .join('\n');
  return filesImportedBy({ ...source, text: kept });
}

function isTypeOnly(statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(statement)) return statement.isTypeOnly;
  const clause = statement.importClause;
  const bindings = clause?.namedBindings;
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const named = bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements : undefined;
  return clause.name === undefined && named !== undefined && named.every(({ isTypeOnly: type }) => type);
}

function isAccess(node: ts.Node): boolean {
  return ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
}

function lineOf(node: ts.Node): number {
  return node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1;
}

/** A file in memory. */
function aSource(path: string, text: string): Source {
  return { path, text };
}

describe('the architecture', () => {
  const sources = readSources();

  it('is checked on all sources there are', () => {
    expect(sources.length).toBeGreaterThan(80);
    expect(sources.some(({ path }) => path === 'src/main.ts')).toBe(true);
    expect(sources.some(({ path }) => path.startsWith('libs/'))).toBe(true);
  });

  const rules: { says: string; rule: Rule; offenders: [path: string, text: string, offence: string][] }[] = [
    {
      says: 'imports point down (app, observability, sources and gateways, sessions auth chat stores, delivery), never sideways',
      rule: importsPointDown,
      offenders: [
        [
          'src/sessions/session.ts',
          "import { Hermes } from '../gateways/hermes/index.js';",
          'src/sessions/session.ts imports src/gateways/hermes/index.ts',
        ],
        [
          'src/delivery/outbox.ts',
          "import { Setting } from '../config/index.js';",
          'src/delivery/outbox.ts imports src/config/index.ts',
        ],
        [
          'src/auth/auth.ts',
          "const { AppConfig } = await import('../app.config.js');",
          'src/auth/auth.ts imports src/app.config.ts',
        ],
        [
          'src/gateways/hermes/hermes.gateway.ts',
          "import type { EventSource } from '../../sources/index.js';",
          'src/gateways/hermes/hermes.gateway.ts imports src/sources/index.ts',
        ],
        [
          'src/sources/http/http.source.ts',
          "import { Readiness } from '../../observability/index.js';",
          'src/sources/http/http.source.ts imports src/observability/index.ts',
        ],
      ],
    },
    {
      says: 'every folder of src has a place in that order',
      rule: everyFolderHasItsPlace,
      offenders: [['src/shared/thing.ts', '', 'src/shared has no place in the order of folders']],
    },
    {
      says: 'no gateway knows another, no source another; they share gateways/websocket and sources/index alone',
      rule: featuresDoNotKnowEachOther,
      offenders: [
        [
          'src/gateways/rooms/rooms.gateway.ts',
          "export * from '../hermes/index.js';",
          'src/gateways/rooms/rooms.gateway.ts imports src/gateways/hermes/index.ts',
        ],
        [
          'src/gateways/websocket/adapter.ts',
          "import '../hermes/index.js';",
          'src/gateways/websocket/adapter.ts imports src/gateways/hermes/index.ts',
        ],
        [
          'src/sources/source-registry.ts',
          "import './rabbitmq/index.js';",
          'src/sources/source-registry.ts imports src/sources/rabbitmq/index.ts',
        ],
      ],
    },
    {
      says: 'a folder is entered through its index.js',
      rule: importsEnterThroughTheIndex,
      offenders: [
        [
          'src/sessions/session.ts',
          "import type { Outbox } from '../delivery/outbox.js';",
          'src/sessions/session.ts imports src/delivery/outbox.ts',
        ],
      ],
    },
    {
      says: 'delivery imports neither a framework, nor ws, nor Node but for node:buffer',
      rule: deliveryStandsAlone,
      offenders: [
        ['src/delivery/a.ts', "import { Socket } from 'node:net';", 'src/delivery/a.ts imports node:net'],
        ['src/delivery/a.ts', "import type { WebSocket } from 'ws';", 'src/delivery/a.ts imports ws'],
        ['src/delivery/a.ts', "import { Logger } from '@nestjs/common';", 'src/delivery/a.ts imports @nestjs/common'],
      ],
    },
    {
      says: 'libraries never import src, nor each other but by name',
      rule: librariesStandAlone,
      offenders: [
        [
          'libs/protocol/src/index.ts',
          "type App = import('../../../src/app.js').App;",
          'libs/protocol/src/index.ts imports src/app.ts',
        ],
        [
          'libs/protocol/src/index.ts',
          "export * from '../../cli/src/index.js';",
          'libs/protocol/src/index.ts imports libs/cli/src/index.ts',
        ],
      ],
    },
    {
      says: 'modules of Node are imported by their full name',
      rule: nodeModulesSayThatTheyAre,
      offenders: [
        [
          'src/auth/key.ts',
          "import { randomBytes } from 'crypto';",
          'src/auth/key.ts imports crypto, which is node:crypto',
        ],
      ],
    },
    {
      says: 'nobody but src/config and src/main.ts reads process.env',
      rule: theEnvironmentIsReadInOnePlace,
      offenders: [
        [
          'src/auth/key.ts',
          '// process.env in a comment is fine\nconst key = process.env.HERMES_API_KEY;',
          'src/auth/key.ts:2 reads process.env',
        ],
        ['src/auth/key.ts', 'const { env } = process;', 'src/auth/key.ts:1 reads process.env'],
        ['src/app.config.ts', "const key = process['env'];", 'src/app.config.ts:1 reads process.env'],
      ],
    },
    {
      says: `no file is longer than ${MAX_LINES} lines`,
      rule: filesAreShort,
      offenders: [
        [
          'src/auth/long.ts',
          `${'\n'.repeat(MAX_LINES)}end`,
          `src/auth/long.ts has ${MAX_LINES + 1} lines, ${MAX_LINES} are enough`,
        ],
      ],
    },
    {
      says: 'no file or folder is called utils, helpers, common, manager or base',
      rule: namesSayWhatIsInside,
      offenders: [
        ['src/auth/token-utils.ts', '', 'src/auth/token-utils.ts has a name that says nothing'],
        ['src/common/token.ts', '', 'src/common/token.ts has a name that says nothing'],
        ['libs/cli/src/base.command.ts', '', 'libs/cli/src/base.command.ts has a name that says nothing'],
      ],
    },
    {
      says: 'nothing is any',
      rule: nothingIsAny,
      offenders: [
        [
          'src/auth/key.ts',
          "const text = ': any';\nconst length = (text as any).length; // as any",
          'src/auth/key.ts:2 says any: text as any',
        ],
        ['src/auth/key.ts', 'const many: any[] = [];', 'src/auth/key.ts:1 says any: any[]'],
      ],
    },
  ];

  it.each(rules)('$says', ({ rule }) => {
    expect(rule(sources)).toEqual([]);
  });

  it('has no import that leads back to where it began', () => {
    expect(nothingGoesInCircles(sources)).toEqual([]);
  });

  describe('and its checker', () => {
    it.each(rules)('notices an offence against: $says', ({ rule, offenders }) => {
      for (const [path, text, offence] of offenders) expect(rule([{ path, text }])).toEqual([offence]);
    });

    it('notices a circle, and none where only types are imported', () => {
      const b = aSource('src/auth/b.ts', "import { a } from './a.js';");

      expect(nothingGoesInCircles([aSource('src/auth/a.ts', "import { b } from './b.js';"), b])).toEqual([
        'src/auth/a.ts -> src/auth/b.ts -> src/auth/a.ts',
      ]);
      expect(nothingGoesInCircles([aSource('src/auth/a.ts', "import { type B } from './b.js';"), b])).toEqual([]);
    });

    it('objects to nothing that is allowed', () => {
      const allowed = [
        aSource('src/app.ts', "import './observability/index.js';\nimport './config/index.js';"),
        aSource('src/observability/metrics.ts', "import '../gateways/websocket/index.js';\nimport '../auth/index.js';"),
        aSource('src/gateways/hermes/hermes.gateway.ts', "import '../websocket/index.js';\nimport './dialect.js';"),
        aSource('src/sources/http/http.module.ts', "import '../index.js';\nimport '../../auth/index.js';"),
        aSource('src/sessions/session.ts', "import '../delivery/index.js';\nimport 'node:crypto';\nimport 'ws';"),
        aSource('src/delivery/intake.ts', "import { isUtf8 } from 'node:buffer';\nimport './event.js';"),
        aSource('src/auth/auth.ts', "import '@hermes/auth-provider';\nimport './providers/index.js';"),
        aSource('src/config/read.ts', 'export const environment = process.env;'),
        aSource('src/main.ts', 'start(process.env);'),
        aSource('libs/protocol/src/index.ts', "export * from './event.js';\nconst many = 'any';"),
      ];

      expect(rules.flatMap(({ rule }) => rule(allowed))).toEqual([]);
    });
  });
});
