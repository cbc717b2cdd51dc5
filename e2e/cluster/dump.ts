import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterInfo } from './cluster-info.ts';
import type { ClusterProvider } from './cluster-provider.ts';
import type { RunCommand } from './run-command.ts';

export interface DumpOptions {
  /** Created if need be; files of an earlier dump are overwritten. */
  readonly dir: string;
  readonly run: RunCommand;
  /** Null where `up` has failed: then there are only the logs of what it has started. */
  readonly info: ClusterInfo | null;
}

const COMMAND_TIMEOUT_MS = 60_000;

/** What is asked of the cluster, by the name of the file that gets the answer. Secrets are not among it. */
const queries: Readonly<Record<string, readonly string[]>> = {
  'nodes.yaml': ['get', 'nodes', '--output=yaml'],
  'workloads.yaml': ['get', 'deployments,jobs,pods,services', '-A', '--output=yaml'],
  'resources.txt': ['get', 'all', '-A', '--output=wide'],
  'events.txt': ['get', 'events', '-A', '--sort-by=.lastTimestamp'],
  'leases.yaml': ['get', 'leases', '-A', '--output=yaml'],
  'definitions.txt': ['get', 'customresourcedefinitions', '--output=wide'],
  'pods.txt': ['describe', 'pods', '-A'],
};

type Kubectl = (args: readonly string[]) => Promise<string>;

function createKubectl(run: RunCommand, info: ClusterInfo): Kubectl {
  return async (args) => {
    const { stdout, stderr } = await run({
      program: info.kubectlPath,
      args: ['--kubeconfig', info.kubeconfigPath, ...args],
      timeoutMs: COMMAND_TIMEOUT_MS,
    }).catch((error: unknown) => ({ stdout: '', stderr: String(error) }));
    return `${stdout}${stderr}`;
  };
}

/** One file for all objects of each kind that a CustomResourceDefinition has added. */
async function dumpCustomResources(kubectl: Kubectl, dir: string): Promise<void> {
  const names = await kubectl(['get', 'customresourcedefinitions', '--output=name']);
  for (const line of names.split('\n').filter((name) => name.includes('/'))) {
    const resource = line.slice(line.indexOf('/') + 1);
    const objects = await kubectl(['get', resource, '-A', '--output=yaml']);
    await writeFile(join(dir, `${resource}.yaml`), objects);
  }
}

async function dumpPodLogs(kubectl: Kubectl, dir: string): Promise<void> {
  const template = '{range .items[*]}{.metadata.namespace} {.metadata.name}{"\\n"}{end}';
  const pods = await kubectl(['get', 'pods', '-A', `--output=jsonpath=${template}`]);
  await mkdir(join(dir, 'pods'), { recursive: true });
  for (const line of pods.split('\n').filter((pod) => /^[a-z0-9-]+ [a-z0-9.-]+$/.test(pod))) {
    const [namespace = '', pod = ''] = line.split(' ');
    const flags = ['-n', namespace, pod, '--all-containers', '--prefix', '--timestamps'];
    const path = join(dir, 'pods', `${namespace}_${pod}`);
    await writeFile(`${path}.log`, await kubectl(['logs', ...flags]));
    const previous = await kubectl(['logs', ...flags, '--previous', '--ignore-errors']);
    await writeFile(`${path}.previous.log`, previous);
  }
}

/**
 * Writes everything that helps to understand a failure: objects, events, logs of pods and of the
 * cluster. A question that fails leaves its error in the file and the dump goes on. Secrets are
 * left out.
 */
export async function dumpCluster(provider: ClusterProvider, options: DumpOptions): Promise<void> {
  const { dir, run, info } = options;
  await mkdir(join(dir, 'cluster'), { recursive: true });
  for (const name of await provider.logNames()) {
    await writeFile(join(dir, 'cluster', `${name}.log`), await provider.readLog(name));
  }
  if (info === null) return;
  const kubectl = createKubectl(run, info);
  for (const [file, args] of Object.entries(queries)) {
    await writeFile(join(dir, file), await kubectl(args));
  }
  await dumpCustomResources(kubectl, dir);
  await dumpPodLogs(kubectl, dir);
}
