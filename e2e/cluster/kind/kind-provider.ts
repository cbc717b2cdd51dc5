import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findBuildSecrets } from '../build-secrets.ts';
import { ClusterError } from '../cluster-error.ts';
import {
  readClusterInfoFrom,
  removeClusterInfo,
  writeClusterInfo,
  type ClusterInfo,
  type ZooKeeperAddress,
} from '../cluster-info.ts';
import type { ClusterProvider, ClusterStatus } from '../cluster-provider.ts';
import { repositoryDir } from '../directories.ts';
import { hashImageInputs, type ImageSpec } from '../images.ts';
import type { ProviderOptions } from '../provider-options.ts';
import { mustRun } from '../run-command.ts';
import { waitUntil } from '../wait-until.ts';
import * as commands from './kind-commands.ts';
import { kindClusterName, renderKindConfig } from './kind-config.ts';
import { findKind } from './kind-program.ts';

/** Names of the two containers. */
const zooKeeperNames = {
  source: 'resiliency-zookeeper-source',
  destination: 'resiliency-zookeeper-destination',
} as const;

const ZOOKEEPER_TIMEOUT_MS = 60_000;
const LOG_NAMES = Object.values(zooKeeperNames);

/** kind in a Docker engine: runs without root, on every system that Docker runs on. */
export class KindProvider implements ClusterProvider {
  readonly name = 'kind';
  readonly #options: ProviderOptions;
  readonly #kubeconfig: string;

  constructor(options: ProviderOptions) {
    this.#options = options;
    this.#kubeconfig = join(options.stateDir, 'kubeconfig');
  }

  async up(kubernetesVersion: string): Promise<ClusterInfo> {
    const { stateDir, progress } = this.#options;
    const running = await readClusterInfoFrom(stateDir);
    if (running?.kubernetesVersion === kubernetesVersion) {
      const problems = await this.#problems(running);
      if (problems.length === 0) return running;
      progress.say(`  the cluster that is there is not healthy: ${problems.join('; ')}`);
    }
    if ((await this.#remains()).length > 0) {
      await progress.step('removing what an earlier cluster left', () => this.down());
    }
    await progress.step('creating the cluster with kind', () => this.#create(kubernetesVersion));
    const zooKeepers = await progress.step('starting two ZooKeeper servers', () =>
      this.#startZooKeepers(),
    );
    const info: ClusterInfo = {
      provider: this.name,
      kubernetesVersion,
      kubeconfigPath: this.#kubeconfig,
      kubectlPath: await this.#bringKubectl(),
      ...zooKeepers,
    };
    await writeClusterInfo(stateDir, info);
    return info;
  }

  async down(): Promise<void> {
    const { run, stateDir } = this.#options;
    await removeClusterInfo(stateDir);
    await mustRun(run, commands.deleteCluster(await findKind(this.#options), this.#kubeconfig));
    for (const name of await this.#containers()) {
      await mustRun(run, commands.removeContainer(name));
    }
    await rm(stateDir, { recursive: true, force: true });
  }

  async status(): Promise<ClusterStatus> {
    const info = await readClusterInfoFrom(this.#options.stateDir);
    if (info !== null) {
      const problems = await this.#problems(info);
      return problems.length === 0
        ? { state: 'running', details: [`Kubernetes ${info.kubernetesVersion}`] }
        : { state: 'broken', details: problems };
    }
    const remains = await this.#remains();
    return remains.length === 0
      ? { state: 'absent', details: [] }
      : { state: 'broken', details: remains.map((what) => `left over: ${what}`) };
  }

  async buildImages(images: readonly ImageSpec[]): Promise<void> {
    for (const image of images) {
      await this.#build(image);
      await this.loadImage(image.reference);
    }
  }

  async loadImage(reference: string): Promise<void> {
    const { run, progress } = this.#options;
    const kind = await findKind(this.#options);
    await progress.step(`loading ${reference}`, () =>
      mustRun(run, commands.loadImage(kind, reference)),
    );
  }

  logNames(): Promise<readonly string[]> {
    return Promise.resolve([...LOG_NAMES, 'node']);
  }

  async readLog(name: string): Promise<string> {
    if (name === 'node') return this.#nodeLogs();
    if (!LOG_NAMES.some((known) => known === name)) {
      throw new ClusterError(`There is no log ${name}; there are ${LOG_NAMES.join(', ')}, node.`);
    }
    const { stdout, stderr } = await this.#options.run(commands.containerLogs(name));
    return `${stdout}${stderr}`;
  }

  async #create(kubernetesVersion: string): Promise<void> {
    const { run, env, stateDir } = this.#options;
    const configFile = join(stateDir, 'kind.json');
    await mkdir(stateDir, { recursive: true });
    await writeFile(configFile, renderKindConfig());
    const image = env['KIND_NODE_IMAGE'] ?? `kindest/node:v${kubernetesVersion}`;
    const options = { image, configFile, kubeconfig: this.#kubeconfig };
    const result = await run(commands.createCluster(await findKind(this.#options), options));
    if (result.exitCode === 0) return;
    throw new ClusterError(
      `kind could not create the cluster from ${image}; where that image does not exist, name another patch release in KIND_NODE_IMAGE.\n${result.stderr.trim()}`,
    );
  }

  async #startZooKeepers(): Promise<Record<'source' | 'destination', ZooKeeperAddress>> {
    const [source, destination] = await Promise.all([
      this.#startZooKeeper(zooKeeperNames.source),
      this.#startZooKeeper(zooKeeperNames.destination),
    ]);
    return { source, destination };
  }

  async #startZooKeeper(name: string): Promise<ZooKeeperAddress> {
    const { run } = this.#options;
    await mustRun(run, commands.runZooKeeper(name));
    await waitUntil(async () => (await run(commands.askZooKeeper(name))).exitCode === 0, {
      what: `${name} to serve clients`,
      timeoutMs: ZOOKEEPER_TIMEOUT_MS,
      intervalMs: 500,
    });
    const host = (await mustRun(run, commands.inspectAddress(name))).trim();
    return { host, port: commands.ZOO_KEEPER_PORT };
  }

  async #build(image: ImageSpec): Promise<void> {
    const { run, progress, env } = this.#options;
    const { reference, dockerfile } = image;
    const inputs = await hashImageInputs(repositoryDir, image, '');
    const built = await run(commands.inspectImage(reference));
    if (built.exitCode === 0 && built.stdout.trim() === inputs) return;
    const command = commands.buildImage({
      ...{ reference, inputs, contextDir: repositoryDir },
      dockerfile: join(repositoryDir, dockerfile),
      secrets: await findBuildSecrets(env),
    });
    await progress.step(`building ${reference} from ${dockerfile}`, () => mustRun(run, command));
  }

  async #containers(): Promise<string[]> {
    const names = await mustRun(this.#options.run, commands.listContainers());
    return names.split('\n').filter(Boolean);
  }

  /** What there is of a cluster, whole or half made. */
  async #remains(): Promise<string[]> {
    const { run } = this.#options;
    const clusters = await mustRun(run, commands.listClusters(await findKind(this.#options)));
    const own = clusters.split('\n').filter((name) => name === kindClusterName);
    return [
      ...own.map((name) => `kind cluster ${name}`),
      ...(await this.#containers()).map((name) => `container ${name}`),
    ];
  }

  /**
   * The kubectl of the node, which fits the cluster; where it does not run, because this machine is
   * no Linux, the one on PATH.
   */
  async #bringKubectl(): Promise<string> {
    const { run, stateDir } = this.#options;
    const path = join(stateDir, 'bin', 'kubectl');
    await mkdir(dirname(path), { recursive: true });
    await run(commands.copyKubectl(path));
    for (const program of [path, 'kubectl']) {
      // A program for another system is not even started.
      const tried = await run({ program, args: ['version', '--client'] }).catch(() => null);
      if (tried?.exitCode === 0) return program;
    }
    throw new ClusterError(
      'There is no kubectl; install one from https://kubernetes.io/docs/tasks/tools.',
    );
  }

  async #problems({ kubectlPath }: ClusterInfo): Promise<string[]> {
    const { run } = this.#options;
    const api = await run({
      program: kubectlPath,
      args: ['--kubeconfig', this.#kubeconfig, 'get', '--raw', '/readyz'],
      timeoutMs: 20_000,
    });
    const problems = api.exitCode === 0 ? [] : ['the API server is not ready'];
    for (const name of LOG_NAMES) {
      const { exitCode } = await run(commands.askZooKeeper(name));
      if (exitCode !== 0) problems.push(`${name} does not serve`);
    }
    return problems;
  }

  async #nodeLogs(): Promise<string> {
    const dir = await mkdtemp(join(tmpdir(), 'kind-logs-'));
    try {
      await mustRun(this.#options.run, commands.exportLogs(await findKind(this.#options), dir));
      const files = await readdir(dir, { recursive: true, withFileTypes: true });
      const texts = files
        .filter((file) => file.isFile())
        .map(async ({ parentPath, name }) => {
          const text = await readFile(join(parentPath, name), 'utf8');
          return `==> ${name}\n${text}`;
        });
      return (await Promise.all(texts)).join('\n');
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }
}
