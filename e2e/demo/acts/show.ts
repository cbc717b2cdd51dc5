import { addressOf, OPERATOR_NAMESPACE } from '../../support/installation.ts';
import { DemoFailure } from '../demo-failure.ts';
import { EXAMPLE_EPHEMERAL, ROOT_PATH } from '../example-tree.ts';
import { USER_NAMESPACE, type Stage } from '../stage.ts';
import { compareTrees } from '../tree-comparison.ts';
import type { FinishedSynchronization } from './synchronize.ts';

const KINDS = [
  'databases',
  'buckets',
  'kubernetesclusters',
  'synchronizations',
  'synchronizationplans',
  'jobs',
] as const;

/** `kubectl get` of every kind, and of what runs beside the operator. */
export async function showObjects({ kubectl, terminal }: Stage): Promise<void> {
  for (const kind of KINDS) {
    await kubectl.run(`-n ${USER_NAMESPACE} get ${kind}`);
    terminal.line();
  }
  await kubectl.run(`-n ${OPERATOR_NAMESPACE} get deployments,leases`);
}

/** The log of the Job's worker, as kubectl shows it. */
export async function showLog(stage: Stage, { job }: FinishedSynchronization): Promise<void> {
  await stage.kubectl.run(`-n ${USER_NAMESPACE} logs job/${job}`);
}

/** Reads both trees with a client that shares no line with the operator's, and compares them. */
export async function showTrees({ source, destination, cluster, terminal }: Stage): Promise<void> {
  const [here, there] = await Promise.all([
    source.readTree(ROOT_PATH),
    destination.readTree(ROOT_PATH),
  ]);
  const comparison = compareTrees(here, there);
  terminal.say(
    `source ${addressOf(cluster.source)}, destination ${addressOf(cluster.destination)}`,
  );
  for (const line of comparison.lines) terminal.output(line);
  if (comparison.differences > 0) {
    throw new DemoFailure(`${comparison.differences} of ${comparison.znodes} znodes differ.`, [
      'If a plan or somebody else wrote in the meantime, run make demo again; else this is a bug.',
    ]);
  }
  terminal.say(`${comparison.znodes} znodes on each side, no difference.`);
  terminal.say(`${EXAMPLE_EPHEMERAL} is ephemeral: it belongs to a session, and stayed behind.`);
}
