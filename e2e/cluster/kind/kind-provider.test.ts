import { describe, expect, test } from '@jest/globals';
import { operatorImage } from '../images.ts';
import { createFakeCommandRunner, type FakeCommandRunner } from '../testing/fake-command-runner.ts';
import { silentProgress } from '../testing/silent-progress.ts';
import { temporaryDir } from '../testing/temporary-dir.ts';
import { renderKindConfig } from './kind-config.ts';
import { KindProvider } from './kind-provider.ts';

function fakeDocker(): FakeCommandRunner {
  const runner = createFakeCommandRunner();
  runner.answer('docker inspect', ({ args }) => ({
    stdout: args.at(-1)?.endsWith('source') === true ? '172.19.0.3\n' : '172.19.0.4\n',
  }));
  return runner;
}

function provide(runner: FakeCommandRunner, stateDir: string, env: NodeJS.ProcessEnv = {}) {
  const { run } = runner;
  return new KindProvider({
    ...{ stateDir, run, env },
    cacheDir: stateDir,
    progress: silentProgress,
  });
}

describe('up', () => {
  test('creates the cluster, then the two servers on its network, and tells their addresses', async () => {
    await using dir = await temporaryDir();
    const runner = fakeDocker();

    const info = await provide(runner, dir.path).up('1.34.4');

    expect(info).toEqual({
      provider: 'kind',
      kubernetesVersion: '1.34.4',
      kubeconfigPath: `${dir.path}/kubeconfig`,
      kubectlPath: `${dir.path}/bin/kubectl`,
      source: { host: '172.19.0.3', port: 2181 },
      destination: { host: '172.19.0.4', port: 2181 },
    });
    const changes = runner.lines.filter((line) => /create cluster|docker run/.test(line));
    expect(changes).toEqual([
      expect.stringMatching(/^kind create cluster .*--image kindest\/node:v1\.34\.4 /),
      expect.stringMatching(
        /^docker run --detach --name resiliency-zookeeper-source --network kind /,
      ),
      expect.stringMatching(
        /^docker run --detach --name resiliency-zookeeper-destination --network kind /,
      ),
    ]);
  });

  test('returns at once when the cluster is up and healthy', async () => {
    await using dir = await temporaryDir();
    const runner = fakeDocker();
    const provider = provide(runner, dir.path);
    const first = await provider.up('1.34.4');
    const before = runner.lines.length;

    expect(await provider.up('1.34.4')).toEqual(first);
    expect(runner.lines.slice(before).filter((line) => /create|run|rm/.test(line))).toEqual([]);
  });

  test('removes what is left of another cluster first', async () => {
    await using dir = await temporaryDir();
    const runner = fakeDocker();
    runner.answer('kind get clusters', { stdout: 'mine\nresiliency\n' });
    runner.answer('docker ps', { stdout: 'resiliency-zookeeper-source\n' });

    await provide(runner, dir.path).up('1.29.15');

    const changes = runner.lines.filter((line) => /cluster --name|docker r/.test(line));
    expect(changes.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      'kind delete cluster',
      'docker rm --force',
      'kind create cluster',
      'docker run --detach',
      'docker run --detach',
    ]);
  });

  test('takes another node image where the one of the release does not exist', async () => {
    await using dir = await temporaryDir();
    const runner = fakeDocker();

    await provide(runner, dir.path, { KIND_NODE_IMAGE: 'kindest/node:v1.34.3' }).up('1.34.4');

    expect(runner.lines.join('\n')).toContain('--image kindest/node:v1.34.3 ');
  });

  test("takes the kubectl on PATH where the node's does not run", async () => {
    await using dir = await temporaryDir();
    const runner = fakeDocker();
    runner.answer(`${dir.path}/bin/kubectl version`, { exitCode: 126 });

    expect(await provide(runner, dir.path).up('1.34.4')).toMatchObject({ kubectlPath: 'kubectl' });
  });

  test('says that a kubectl is missing', async () => {
    await using dir = await temporaryDir();
    const runner = fakeDocker();
    runner.answer(`${dir.path}/bin/kubectl version`, { exitCode: 126 });
    runner.answer('kubectl version', { exitCode: 127 });

    await expect(provide(runner, dir.path).up('1.34.4')).rejects.toThrow(/install one from/);
  });

  test('says what to do when kind fails', async () => {
    await using dir = await temporaryDir();
    const runner = fakeDocker();
    runner.answer('kind create', { exitCode: 1, stderr: 'manifest unknown' });

    await expect(provide(runner, dir.path).up('1.34.4')).rejects.toThrow(
      /KIND_NODE_IMAGE\.\nmanifest unknown/,
    );
  });
});

test('status tells running, broken and absent apart', async () => {
  await using dir = await temporaryDir();
  const runner = fakeDocker();
  const provider = provide(runner, dir.path);
  expect((await provider.status()).state).toBe('absent');

  await provider.up('1.34.4');
  expect((await provider.status()).state).toBe('running');

  runner.answer('docker exec resiliency-zookeeper-source', { exitCode: 1 });
  expect(await provider.status()).toEqual({
    state: 'broken',
    details: ['resiliency-zookeeper-source does not serve'],
  });
});

describe('buildImages', () => {
  test('builds and loads an image that is new or has changed', async () => {
    await using dir = await temporaryDir();
    const runner = fakeDocker();
    runner.answer('docker image inspect', { exitCode: 1 });

    await provide(runner, dir.path).buildImages([operatorImage]);

    const build = runner.commands.find(({ args }) => args[0] === 'build');
    expect(build?.env).toEqual({ DOCKER_BUILDKIT: '1' });
    expect(runner.lines.at(-1)).toBe(
      `kind load docker-image ${operatorImage.reference} --name resiliency`,
    );
  });

  test('does not build what has not changed', async () => {
    await using dir = await temporaryDir();
    const runner = fakeDocker();
    runner.answer('docker image inspect', { exitCode: 1 });
    const provider = provide(runner, dir.path);
    await provider.buildImages([operatorImage]);
    const label = /io\.astronetes\.inputs=(\w+)/.exec(runner.lines.join('\n'))?.[1] ?? '';
    const before = runner.lines.length;

    runner.answer('docker image inspect', { stdout: `${label}\n` });
    await provider.buildImages([operatorImage]);

    const after = runner.lines.slice(before);
    expect(after.filter((line) => line.startsWith('docker build'))).toEqual([]);
  });
});

test('down removes the cluster and every container of ours', async () => {
  await using dir = await temporaryDir();
  const runner = fakeDocker();
  runner.answer('docker ps', { stdout: 'a\nb\n' });

  await provide(runner, dir.path).down();

  expect(runner.lines.filter((line) => /delete|docker rm/.test(line))).toEqual([
    `kind delete cluster --name resiliency --kubeconfig ${dir.path}/kubeconfig`,
    'docker rm --force --volumes a',
    'docker rm --force --volumes b',
  ]);
});

test('the cluster checks owner references as OpenShift does', () => {
  const config = JSON.parse(renderKindConfig()) as { kubeadmConfigPatches: string[] };

  expect(JSON.parse(config.kubeadmConfigPatches[0] ?? '')).toEqual({
    kind: 'ClusterConfiguration',
    apiServer: {
      extraArgs: {
        'enable-admission-plugins': 'NodeRestriction,OwnerReferencesPermissionEnforcement',
      },
    },
  });
});
