import { describe, expect, test } from '@jest/globals';
import { chooseProvider } from './choose-provider.ts';
import { writeClusterInfo, type ProviderName } from './cluster-info.ts';
import { createFakeCommandRunner } from './testing/fake-command-runner.ts';
import { silentProgress } from './testing/silent-progress.ts';
import { temporaryDir } from './testing/temporary-dir.ts';

async function choose(options: {
  asked?: ProviderName;
  running?: ProviderName;
  dockerInfo: { exitCode: number; stdout: string };
}): Promise<string> {
  await using dir = await temporaryDir();
  const runner = createFakeCommandRunner();
  runner.answer('docker info', options.dockerInfo);
  const address = { host: 'zk', port: 2181 };
  if (options.running !== undefined) {
    await writeClusterInfo(dir.path, {
      provider: options.running,
      kubernetesVersion: '1.34.4',
      kubeconfigPath: '/kubeconfig',
      kubectlPath: 'kubectl',
      source: address,
      destination: address,
    });
  }
  const provider = await chooseProvider(options.asked, {
    stateDir: dir.path,
    cacheDir: dir.path,
    run: runner.run,
    progress: silentProgress,
    env: {},
  });
  return provider.name;
}

const engine = { exitCode: 0, stdout: '28.2.2\n' };
/** What a Docker client prints that has no engine. */
const clientOnly = { exitCode: 1, stdout: '\n' };

describe('chooseProvider', () => {
  test.each([
    { given: 'a Docker engine', options: { dockerInfo: engine }, expected: 'kind' },
    { given: 'a Docker client alone', options: { dockerInfo: clientOnly }, expected: 'local' },
    {
      given: 'no Docker',
      options: { dockerInfo: { exitCode: 127, stdout: '' } },
      expected: 'local',
    },
    {
      given: 'a Docker engine, and local asked for',
      options: { asked: 'local' as const, dockerInfo: engine },
      expected: 'local',
    },
    {
      given: 'a Docker engine, and a local cluster that is up',
      options: { running: 'local' as const, dockerInfo: engine },
      expected: 'local',
    },
  ])('takes $expected with $given', async ({ options, expected }) => {
    expect(await choose(options)).toBe(expected);
  });
});
