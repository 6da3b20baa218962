// Tests are transformed to CommonJS while the product is ESM (docs/adr/0001): jest cannot load Nest 12 as ESM on Node 20.
const swc = [
  '@swc/jest',
  {
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2022',
      keepClassNames: true,
    },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

export default {
  testEnvironment: 'node',
  rootDir: '.',
  roots: ['<rootDir>/src', '<rootDir>/libs', '<rootDir>/test'],
  testRegex: '\\.spec\\.[jt]s$',
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/libs/[^/]+/dist'],
  transform: { '^.+\\.[mc]?[tj]s$': swc },
  transformIgnorePatterns: [
    '/node_modules/(?!(@nestjs|@electric-sql|@platformatic|jose|kysely|content-disposition|cookie)/)',
  ],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@hermes/protocol/chat\\.proto$': '<rootDir>/libs/protocol/chat.proto',
    '^@hermes/([a-z-]+)$': '<rootDir>/libs/$1/src',
    '^@hermes/([a-z-]+)/(.*)$': '<rootDir>/libs/$1/src/$2',
  },
  setupFiles: ['reflect-metadata', '<rootDir>/test/support/fast-check-seed.ts'],
  setupFilesAfterEnv: ['<rootDir>/test/support/retries.ts'],
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  reporters: ['default', '<rootDir>/test/support/summary-reporter.mjs'],
  // What hangs is told from what is slow on a machine whose processors are busy; whoever waits for something waits less.
  testTimeout: 60_000,
};
