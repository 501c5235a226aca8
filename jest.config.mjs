// Nest 12 and many libraries are ESM-only; the mode that works with every package is to compile them to CommonJS too.
const swc = (parser) => [
  '@swc/jest',
  {
    jsc: {
      parser,
      target: 'es2023',
      transform: { legacyDecorator: true, decoratorMetadata: true },
      keepClassNames: true,
    },
    swcrc: false,
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test', '<rootDir>/examples'],
  testMatch: ['**/*.spec.ts'],
  // One private MariaDB for the whole run.
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  transform: {
    '^.+\\.ts$': swc({ syntax: 'typescript', decorators: true }),
    '^.+\\.m?js$': swc({ syntax: 'ecmascript' }),
  },
  // Packages too: many are ESM-only. Large ones that are not stay as they are.
  transformIgnorePatterns: ['/node_modules/(typeorm|better-sqlite3|sharp|typescript|@swc|express|rxjs|cron|luxon)/'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // As a host sees the package.
    '^nestjs-guides-processing$': '<rootDir>/src/index.ts',
    '^nestjs-guides-processing/asset-repository-contract$': '<rootDir>/src/asset-repository-contract.ts',
    // Can be found only by `import`; what comes of it is compiled all the same.
    '^file-type$': '<rootDir>/node_modules/file-type/index.js',
  },
  testTimeout: 60_000,
};
