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
 * client-node 1.4.0 is ESM only, so all run with --experimental-vm-modules (`npm run jest`).
 */
const shared = {
  testEnvironment: 'node',
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
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testTimeout: 60_000,
      testMatch: ['<rootDir>/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.integration\\.test\\.ts$'],
    },
    {
      ...shared,
      displayName: 'integration',
      testTimeout: 180_000,
      testMatch: ['<rootDir>/**/*.integration.test.ts'],
    },
    {
      ...shared,
      displayName: 'e2e',
      testTimeout: 300_000,
      testMatch: ['<rootDir>/e2e/**/*.e2e.ts'],
    },
    {
      ...shared,
      displayName: 'soak',
      testTimeout: 3_600_000,
      testMatch: ['<rootDir>/**/*.soak.ts'],
    },
  ],
};
