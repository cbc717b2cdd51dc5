/**
 * Four projects, by what a test needs to run:
 * unit         nothing but Node
 * integration  a real server on loopback (ZooKeeper from Maven Central, kube-apiserver)
 * e2e          the cluster of e2e/cluster
 * soak         the long forms of the above: many rounds, random faults (`make soak`)
 *
 * A test's timeout only ends what hangs: how fast something is, is for bench/ to say. A busy machine
 * takes ten times as long and is no failure.
 *
 * Files of one project run in the same processes, one after the other, in any order: one that leaves
 * something behind there fails (scripts/jest/tidy-environment.js). A test whose subject is the process,
 * or that would change it, starts one of its own.
 *
 * client-node 1.4.0 is ESM only, so all run with --experimental-vm-modules (`npm run jest`).
 */
const shared = {
  testEnvironment: '<rootDir>/scripts/jest/tidy-environment.js',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

export default {
  maxWorkers: '100%',
  testSequencer: '<rootDir>/scripts/jest/random-sequencer.js',
  showSeed: true,
  // A process of tests that has not ended by then is held open by something: jest says so, and the run
  // fails (scripts/test.ts).
  workerGracefulExitTimeout: 60_000,
  // Of a project of its own jest takes no notice; soak tests set theirs in the file.
  testTimeout: 300_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.integration\\.test\\.ts$'],
    },
    {
      ...shared,
      displayName: 'integration',
      globalSetup: '<rootDir>/scripts/bundle-worker.js',
      testMatch: ['<rootDir>/**/*.integration.test.ts'],
    },
    {
      ...shared,
      displayName: 'e2e',
      testMatch: ['<rootDir>/e2e/**/*.e2e.ts'],
    },
    {
      ...shared,
      displayName: 'soak',
      globalSetup: '<rootDir>/scripts/bundle-worker.js',
      testMatch: ['<rootDir>/**/*.soak.ts'],
    },
  ],
};
