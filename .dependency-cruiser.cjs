/** Who may import whom (docs/architecture.md). Data flows one way; nobody reaches past an index. */
const TESTS = '\\.((integration\\.)?test|soak)\\.ts$|(^|/)testing/';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'base-folders-import-no-sibling',
      comment: 'api, common and zookeeper are what everything else stands on.',
      severity: 'error',
      from: { path: '^(api|common|zookeeper)/' },
      to: {
        path: '^(api|assets|common|zookeeper|operator|worker|e2e|bench|scripts)/',
        pathNot: '^$1/',
      },
    },
    {
      name: 'assets-know-neither-program',
      comment: 'What an asset is and how it is reached: one reading for operator and worker.',
      severity: 'error',
      from: { path: '^assets/', pathNot: TESTS },
      to: { path: '^(operator|worker|e2e|bench|scripts)/' },
    },
    {
      name: 'testing-knows-no-product',
      comment: 'What every test uses: it can be used by the tests of every folder.',
      severity: 'error',
      from: { path: '^testing/' },
      to: { path: '^(api|assets|zookeeper|operator|worker|e2e|bench|scripts)/' },
    },
    {
      name: 'operator-and-worker-are-strangers',
      severity: 'error',
      from: { path: '^(operator|worker)/' },
      to: { path: '^(operator|worker|e2e|bench|scripts)/', pathNot: '^$1/' },
    },
    {
      name: 'zookeeper-through-its-index',
      severity: 'error',
      from: { pathNot: '^zookeeper/' },
      to: { path: '^zookeeper/', pathNot: '^zookeeper/(testing/)?index\\.ts$' },
    },
    {
      name: 'zookeeper-testing-only-in-tests',
      severity: 'error',
      from: { path: '^(operator|worker)/', pathNot: TESTS },
      to: { path: '^zookeeper/testing/' },
    },
    {
      name: 'production-code-imports-no-testing',
      severity: 'error',
      from: { path: '^(api|assets|common|zookeeper|operator|worker)/', pathNot: TESTS },
      to: { path: '(^|/)testing/' },
    },
    {
      name: 'e2e-knows-the-contract-only',
      comment: 'The end-to-end suites see what a user sees.',
      severity: 'error',
      from: { path: '^e2e/' },
      to: {
        path: '^(assets|common|operator|worker|zookeeper|bench)/',
        pathNot: '^zookeeper/testing/index\\.ts$',
      },
    },
    {
      name: 'zookeeper-needs-only-node',
      severity: 'error',
      from: { path: '^zookeeper/', pathNot: TESTS },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'sockets-in-one-file',
      severity: 'error',
      from: { path: '^zookeeper/', pathNot: `^zookeeper/link/connection\\.ts$|${TESTS}` },
      to: { path: '^(node:)?(net|tls|dns)$' },
    },
    {
      name: 'winston-in-one-file',
      severity: 'error',
      from: { pathNot: '^common/logger(\\.test)?\\.ts$' },
      to: { path: 'node_modules/winston' },
    },
    {
      name: 'dot-i-in-the-runtime-only',
      severity: 'error',
      from: { pathNot: '^operator/runtime/' },
      to: { path: 'node_modules/@dot-i' },
    },
    {
      name: 'worker-has-no-kubernetes-client',
      severity: 'error',
      from: { path: '^(worker|api|assets|common|zookeeper)/' },
      to: { path: 'node_modules/@kubernetes' },
    },
    {
      name: 'tree-imports-no-engine',
      comment: 'What a tree is, and which part of it is meant, holds for every engine.',
      severity: 'error',
      from: { path: '^worker/tree/', pathNot: TESTS },
      to: { path: '^worker/', pathNot: '^worker/(tree/|failure\\.ts$)' },
    },
    {
      name: 'workers-and-plugins-know-no-controller',
      comment:
        'A Job runs a worker now, and a Deployment soon: what runs it belongs to no controller.',
      severity: 'error',
      from: { path: '^operator/(workers|plugins)/' },
      to: { path: '^operator/controllers/' },
    },
    {
      name: 'workers-know-no-plugin',
      comment: 'A plugin says what its worker has to do; how a worker is run is the same for all.',
      severity: 'error',
      from: { path: '^operator/workers/' },
      to: { path: '^operator/plugins/' },
    },
    {
      name: 'controllers-import-no-sibling',
      severity: 'error',
      from: { path: '^operator/controllers/([^/]+)/', pathNot: TESTS },
      to: { path: '^operator/controllers/[^/]+/', pathNot: '^operator/controllers/$1/' },
    },
    {
      name: 'no-undeclared-packages',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|deploy)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
