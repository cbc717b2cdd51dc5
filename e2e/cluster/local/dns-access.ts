import { mustRun, type RunCommand } from '../run-command.ts';
import { kubeconfigUsers } from './node-layout.ts';

const name = 'cluster-dns';

/** What CoreDNS reads to answer for Services and pods. */
const manifest = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        {
          apiGroups: [''],
          resources: ['endpoints', 'services', 'namespaces'],
          verbs: ['list', 'watch'],
        },
        {
          apiGroups: ['discovery.k8s.io'],
          resources: ['endpointslices'],
          verbs: ['list', 'watch'],
        },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'User', name: kubeconfigUsers.coredns.commonName }],
    },
  ],
};

/** Lets CoreDNS read what it answers with. */
export async function grantDnsAccess(
  run: RunCommand,
  kubectl: string,
  kubeconfig: string,
): Promise<void> {
  await mustRun(run, {
    program: kubectl,
    args: ['--kubeconfig', kubeconfig, 'apply', '--validate=false', '-f', '-'],
    input: JSON.stringify(manifest),
  });
}
