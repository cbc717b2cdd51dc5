import { ASSETS_GROUP, AUTOMATION_GROUP } from '../../api/groups.ts';
import { LABELS, PART_OF } from '../../api/labels.ts';
import { OPERATOR_NAMESPACE } from './installation.ts';
import type { Kubectl } from './kubectl.ts';

/** Kubernetes puts these into every namespace. */
const IN_EVERY_NAMESPACE = ['serviceaccount/default', 'configmap/kube-root-ca.crt'];

/** What tells of the past, and expires by itself. */
const EXPIRING = 'events';

/**
 * Everything of ours in the cluster: objects with our label, objects in the operator's namespace,
 * Jobs and pods in the user's, our kinds, and what names us in cluster-wide roles and bindings.
 * Namespaces, and a user's Secrets, are not ours.
 */
export async function findLeftovers(kubectl: Kubectl, userNamespace: string): Promise<string[]> {
  const types = await listTypes(kubectl);
  const namespaced = await listTypes(kubectl, '--namespaced=true');
  const [labelled, inNamespace, workers, ofTheCluster] = await Promise.all([
    names(kubectl, [types, '-A', '-l', `${LABELS.partOf}=${PART_OF}`]),
    names(kubectl, [namespaced, '-n', OPERATOR_NAMESPACE]),
    names(kubectl, ['jobs,pods', '-n', userNamespace]),
    mentions(kubectl),
  ]);
  const own = inNamespace.filter((name) => !IN_EVERY_NAMESPACE.includes(name));
  return [...new Set([...labelled, ...own, ...workers, ...ofTheCluster])].sort();
}

async function listTypes(kubectl: Kubectl, ...flags: string[]): Promise<string> {
  const listed = await kubectl.run(['api-resources', '--verbs=list', '-o', 'name', ...flags]);
  const types = listed.split('\n').filter((type) => type !== '' && !type.startsWith(EXPIRING));
  return types.join(',');
}

async function names(kubectl: Kubectl, query: readonly string[]): Promise<string[]> {
  const listed = await kubectl.run(['get', ...query, '-o', 'name', '--ignore-not-found']);
  return listed.split('\n').filter((name) => name !== '');
}

/** Cluster-wide objects about us; aggregated roles (view, edit, admin) among them. */
async function mentions(kubectl: Kubectl): Promise<string[]> {
  const types = 'crds,clusterroles,clusterrolebindings,apiservices';
  const { items } = await kubectl.get<{ items: { kind: string; metadata: { name: string } }[] }>([
    types,
  ]);
  return items
    .filter((item) =>
      [ASSETS_GROUP, AUTOMATION_GROUP, PART_OF].some((word) => JSON.stringify(item).includes(word)),
    )
    .map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`);
}
