export const kindClusterName = 'resiliency';

const admissionPlugins = 'NodeRestriction,OwnerReferencesPermissionEnforcement';

/** Without apiVersion, so that it fits whichever kubeadm release kind speaks to. */
const kubeadmPatch = {
  kind: 'ClusterConfiguration',
  apiServer: { extraArgs: { 'enable-admission-plugins': admissionPlugins } },
};

/**
 * The configuration of a kind cluster of one node. OwnerReferencesPermissionEnforcement is on
 * because OpenShift has it: an operator that may not set a blocking owner reference must be seen
 * to work without.
 *
 * @returns JSON, which kind reads as YAML
 */
export function renderKindConfig(): string {
  const config = {
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    nodes: [{ role: 'control-plane' }],
    kubeadmConfigPatches: [JSON.stringify(kubeadmPatch)],
  };
  return JSON.stringify(config, null, 2);
}
