/** The import rules of the house. `contracts` ← everyone; adapters are seen by the composition root alone. */
const ADAPTERS = '^src/(repository|modules/(pipeline|queue|content|events|metrics|console))/';
const COMPOSITION_ROOT = '^src/modules/(guides-processing\\.[a-z-]+\\.ts$|composition/)';

/** Each of these folders sees contracts and itself. */
const islands = ['repository', 'modules/processing', 'modules/pipeline', 'modules/queue', 'modules/auth', 'modules/events', 'modules/content', 'modules/metrics'];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'contracts-import-only-contracts',
      severity: 'error',
      from: { path: '^src/contracts/', pathNot: '\\.spec\\.ts$' },
      // Types of streams and buffers are Node's own.
      to: { pathNot: '^src/contracts/', dependencyTypesNot: ['core'] },
    },
    ...islands.map((folder) => ({
      name: `${folder.replace('modules/', '')}-imports-only-contracts`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: [`^src/${folder}/`, '^src/contracts/'] },
    })),
    {
      name: 'http-imports-only-processing-and-auth',
      severity: 'error',
      from: { path: '^src/modules/http/' },
      to: { path: '^src/', pathNot: '^src/(contracts|modules/(http|processing|auth))/' },
    },
    {
      name: 'adapters-only-from-the-composition-root',
      comment: 'Only src/modules/composition/ and guides-processing.*.ts know which implementation stands behind a port.',
      severity: 'error',
      from: { path: '^src/', pathNot: [ADAPTERS, COMPOSITION_ROOT] },
      to: { path: ADAPTERS },
    },
    {
      name: 'nothing-imports-an-entry-point',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/(main|cli)\\.ts$' },
    },
    {
      name: 'src-does-not-import-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^test/|\\.spec\\.ts$' },
    },
    {
      name: 'only-declared-packages',
      comment: 'A package that the service needs stands under "dependencies", where a host gets it too, or is a peer of its own.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only', 'npm-peer'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Types count too: an import of a type ties two folders together as much as one of a value.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
