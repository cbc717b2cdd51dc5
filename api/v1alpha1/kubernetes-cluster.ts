import { KUBERNETES_CLUSTER_KIND } from '../groups.ts';
import { structure, type Static } from '../schema/builders.ts';
import type { Parsed } from '../schema/problem.ts';
import { conditions, objectName, observedGeneration } from './fields.ts';
import {
  AGE_COLUMN,
  CATEGORIES,
  READY_COLUMNS,
  STATUS_DEFAULT,
  type KindDefinition,
  type KubernetesObject,
} from './object.ts';
import { parseObject } from './parse.ts';

const spec = structure(
  {
    secretName: objectName(
      'Name of the Secret that holds the kubeconfig, under the key kubeconfig. It must contain the certificates, token or password themselves; files, commands, auth providers and proxies are refused.',
    ),
  },
  { description: 'How to reach the cluster.' },
);

const status = structure(
  { observedGeneration, conditions },
  { description: 'What the operator found out.', default: STATUS_DEFAULT },
);

/** KubernetesCluster: an asset that is another cluster. */
export const KUBERNETES_CLUSTER = {
  names: KUBERNETES_CLUSTER_KIND,
  description: 'A KubernetesCluster, and the kubeconfig to reach it with.',
  categories: CATEGORIES,
  columns: [
    READY_COLUMNS.status,
    READY_COLUMNS.reason,
    {
      name: 'Secret',
      type: 'string',
      jsonPath: '.spec.secretName',
      description: 'Secret that holds the kubeconfig.',
    },
    AGE_COLUMN,
    READY_COLUMNS.message,
  ],
  spec,
  status,
} as const satisfies KindDefinition;

export type KubernetesClusterSpec = Static<typeof spec>;
export type KubernetesClusterStatus = Static<typeof status>;
export type KubernetesCluster = KubernetesObject<
  'KubernetesCluster',
  KubernetesClusterSpec,
  KubernetesClusterStatus
>;

/** Parses a KubernetesCluster; see {@link parseObject}. */
export function parseKubernetesCluster(value: unknown): Parsed<KubernetesCluster> {
  return parseObject(KUBERNETES_CLUSTER, value);
}
