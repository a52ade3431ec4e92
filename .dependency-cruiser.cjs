/** Which lib may import which: the left side may import only what is named on the right. */
const allowed = {
  'apps/api': ['audit', 'auth', 'catalog', 'streams', 'cas', 'jobs', 'platform'],
  'apps/publisher-worker': ['audit', 'catalog', 'streams', 'records', 'cas', 'jobs', 'platform'],
  'apps/rebuild': ['records', 'cas', 'platform'],
  'apps/doctor': ['cas', 'platform'],
  'apps/standalone': ['platform'],
  'apps/cli': ['client'],
  'libs/streams': ['audit', 'catalog', 'records', 'cas', 'jobs', 'platform'],
  'libs/records': ['cas', 'jobs', 'platform'],
  'libs/catalog': ['cas', 'jobs', 'platform'],
  'libs/audit': ['jobs', 'platform'],
  'libs/auth': ['jobs', 'platform'],
  'libs/cas': ['jobs', 'platform'],
  'libs/jobs': ['platform'],
  'libs/platform': [],
  'libs/client': [],
};

const layering = Object.entries(allowed).map(([from, libs]) => ({
  name: `${from.replace('/', '-')}-imports`,
  comment: `${from} may import ${libs.length === 0 ? 'no lib' : libs.join(', ')}`,
  severity: 'error',
  from: { path: `^${from}/` },
  to: {
    path: '^libs/[^/]+/',
    pathNot: [`^${from}/`, ...libs.map((lib) => `^libs/${lib}/`)].join('|'),
  },
}));

module.exports = {
  forbidden: [
    ...layering,
    {
      name: 'only-through-index',
      comment: 'a lib is used through its index.ts only (tests beside the code excepted)',
      severity: 'error',
      from: { path: '^(apps|libs)/([^/]+)/' },
      to: { path: '^libs/[^/]+/src/', pathNot: '^libs/$2/|^libs/[^/]+/src/index\\.ts$' },
    },
    {
      name: 'never-own-index',
      comment: 'inside a lib import the file, never its own index',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/$1/src/index\\.ts$' },
    },
    {
      name: 'apps-are-leaves',
      comment: 'nothing imports an app but that app and the tests',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/', pathNot: '^apps/([^/]+)/' },
      to: { path: '^apps/' },
    },
    {
      name: 'apps-never-import-apps',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'no-cycles',
      comment: 'types may refer to each other, code may not',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'traces-on-demand',
      comment: 'what sends traces is loaded only when traces are wanted',
      severity: 'error',
      from: { path: '^(apps|libs)/' },
      to: { path: '/telemetry/otlp-traces\\.ts$', dependencyTypesNot: ['dynamic-import'] },
    },
    {
      name: 'traces-in-one-file',
      comment: 'everything else uses the OpenTelemetry api, which does nothing by itself',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/', pathNot: '/telemetry/otlp-traces\\.ts$' },
      to: { path: 'node_modules/@opentelemetry/(?!api/)' },
    },
    {
      name: 'no-test-code-in-production',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/', pathNot: '\\.(spec|contract)\\.ts$' },
      to: { path: '^test/|\\.(spec|contract)\\.ts$' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
  },
};
