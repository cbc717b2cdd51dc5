import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClusterError } from '../cluster-error.ts';
import type { ClusterInfo } from '../cluster-info.ts';
import type { Progress } from '../progress.ts';
import { mustRun, type RunCommand } from '../run-command.ts';
import { waitUntil } from '../wait-until.ts';
import {
  createApiClient,
  hasDefaultServiceAccount,
  isApiServerReady,
  isNodeReady,
  type ApiClient,
} from './api-client.ts';
import { createCertificates } from './certificates.ts';
import { createCgroups } from './cgroups.ts';
import * as components from './component-commands.ts';
import type { Component, ComponentContext } from './component-commands.ts';
import { writeComponentConfigs } from './component-configs.ts';
import { grantDnsAccess } from './dns-access.ts';
import { writeKubeconfigs } from './kubeconfigs.ts';
import { connectNode, createBridge } from './network.ts';
import { node, zooKeepers } from './node-layout.ts';
import { insideNode, startComponent, startNode } from './node-namespaces.ts';
import {
  createPidFiles,
  identify,
  isAlive,
  type PidFiles,
  type ProcessIdentity,
} from './processes.ts';
import { startZooKeepers } from './zookeepers.ts';

export interface BringUpOptions {
  readonly run: RunCommand;
  readonly progress: Progress;
  readonly pauseArchive: string;
}

interface RunningComponent {
  readonly name: string;
  readonly process: ProcessIdentity;
}

const API_SERVER_TIMEOUT_MS = 120_000;
const NODE_TIMEOUT_MS = 120_000;
const CONTAINERD_TIMEOUT_MS = 30_000;
const LOG_TAIL_LINES = 15;

/** Starts a cluster from nothing, step by step, as far as possible at the same time. */
class ClusterStart {
  readonly #context: ComponentContext;
  readonly #options: BringUpOptions;
  readonly #pidFiles: PidFiles;
  readonly #running: RunningComponent[] = [];
  #init: ProcessIdentity = { pid: 0, startTicks: '' };

  constructor(context: ComponentContext, options: BringUpOptions) {
    this.#context = context;
    this.#options = options;
    this.#pidFiles = createPidFiles(context.paths.pidDir);
  }

  async makeNode(): Promise<void> {
    const { paths, programs } = this.#context;
    await mkdir(paths.stateDir, { recursive: true });
    await createCgroups(paths.cgroup);
    this.#init = await startNode(paths, programs.pause);
    await this.#pidFiles.write('node', this.#init.pid);
    await createBridge(this.#options.run);
    await connectNode(this.#options.run, this.#init.pid);
  }

  async writeFiles(): Promise<void> {
    const { paths, kubernetesVersion } = this.#context;
    await createCertificates(this.#options.run, paths.pkiDir);
    await writeKubeconfigs(paths);
    await writeComponentConfigs(paths, kubernetesVersion);
  }

  async start(component: Component): Promise<void> {
    const pid = startComponent(this.#init, component, this.#context.paths);
    await this.#pidFiles.write(component.name, pid);
    const identity = identify(pid) ?? { pid, startTicks: '' };
    this.#running.push({ name: component.name, process: identity });
  }

  async startRuntime(): Promise<void> {
    await this.start(components.containerd(this.#context));
    const { run, pauseArchive } = this.#options;
    const ctr = (...args: string[]) => insideNode(this.#init, { program: 'ctr', args });
    const answers = async (): Promise<boolean> => (await run(ctr('version'))).exitCode === 0;
    await this.waitFor(answers, 'containerd to answer', CONTAINERD_TIMEOUT_MS);
    await mustRun(run, ctr('--namespace', 'k8s.io', 'image', 'import', pauseArchive));
  }

  async startControlPlane(api: ApiClient): Promise<void> {
    await this.start(components.etcd());
    await this.start(components.kubeApiserver(this.#context));
    await this.waitFor(
      () => isApiServerReady(api),
      'the API server to be ready',
      API_SERVER_TIMEOUT_MS,
    );
    await this.start(components.kubeControllerManager(this.#context));
    await this.start(components.kubeScheduler(this.#context));
  }

  async startNodeComponents(): Promise<void> {
    await this.start(components.kubelet(this.#context));
    await this.start(components.kubeProxy(this.#context));
    const { run } = this.#options;
    await grantDnsAccess(run, this.#context.programs.kubectl, this.#context.paths.adminKubeconfig);
    await this.start(components.coredns(this.#context));
  }

  startZooKeepers(): Promise<void> {
    return startZooKeepers(this.#context.paths, this.#pidFiles);
  }

  /** Waits for a condition, and ends at once with the log of a component that has ended meanwhile. */
  async waitFor(
    check: () => Promise<boolean>,
    what: string,
    timeoutMs = NODE_TIMEOUT_MS,
  ): Promise<void> {
    const checkBoth = async (): Promise<boolean> => {
      const dead = this.#running.find(({ process }) => !isAlive(process));
      if (dead !== undefined) throw new ClusterError(await this.#describeEnd(dead.name));
      return check();
    };
    await waitUntil(checkBoth, { what, timeoutMs });
  }

  async #describeEnd(name: string): Promise<string> {
    const log = await readFile(join(this.#context.paths.logDir, `${name}.log`), 'utf8').catch(
      () => '',
    );
    const tail = log.trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
    return `${name} has ended; run \`down\` and \`up\` again. The end of its log:\n${tail}`;
  }
}

async function isDnsReady(): Promise<boolean> {
  const answer = await fetch(`http://${node.address}:8181/ready`);
  return answer.ok;
}

/**
 * Brings a cluster up on a machine that has nothing of one.
 *
 * @throws ClusterError with the log of the component that failed
 */
export async function bringUp(
  context: ComponentContext,
  options: BringUpOptions,
): Promise<ClusterInfo> {
  const { progress } = options;
  const { kubernetesVersion, paths, programs } = context;
  const start = new ClusterStart(context, options);
  await progress.step('making the node, its network and its certificates', () =>
    Promise.all([start.makeNode(), start.writeFiles()]),
  );
  const api = await createApiClient(paths);
  try {
    const zooKeepersStarted = progress.step('starting two ZooKeeper servers', () =>
      start.startZooKeepers(),
    );
    await Promise.all([
      zooKeepersStarted,
      progress
        .step('starting containerd and the control plane', () =>
          Promise.all([start.startRuntime(), start.startControlPlane(api)]),
        )
        .then(() =>
          progress.step('starting the node components, waiting for the node', async () => {
            await start.startNodeComponents();
            await start.waitFor(() => isNodeReady(api), 'the node to be Ready');
            await start.waitFor(() => hasDefaultServiceAccount(api), 'the default service account');
            await start.waitFor(isDnsReady, 'CoreDNS to be ready');
          }),
        ),
    ]);
  } finally {
    api.close();
  }
  return {
    provider: 'local',
    kubernetesVersion,
    kubeconfigPath: paths.adminKubeconfig,
    kubectlPath: programs.kubectl,
    ...zooKeepers,
  };
}
