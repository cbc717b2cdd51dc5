import { BUCKET } from './bucket.ts';
import { DATABASE } from './database.ts';
import { KUBERNETES_CLUSTER } from './kubernetes-cluster.ts';
import type { KindDefinition } from './object.ts';
import { SYNCHRONIZATION_PLAN } from './synchronization-plan.ts';
import { SYNCHRONIZATION } from './synchronization.ts';

/** All kinds, in the order of the documentation: assets, then what is done with them. */
export const KINDS: readonly KindDefinition[] = [
  BUCKET,
  DATABASE,
  KUBERNETES_CLUSTER,
  SYNCHRONIZATION,
  SYNCHRONIZATION_PLAN,
];
