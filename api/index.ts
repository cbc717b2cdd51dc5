/** The contract: kinds, conditions, names, and what operator and worker say to each other. */
export * from './conditions.ts';
export { parseGoDuration } from './duration.ts';
export * from './groups.ts';
export * from './labels.ts';
export * from './names.ts';
export * from './reasons.ts';
export { describeProblems } from './schema/problem.ts';
export type { Parsed, Problem } from './schema/problem.ts';
export { parseServer } from './servers.ts';
export type { ServerAddress } from './servers.ts';
export { specHash } from './spec-hash.ts';
export * from './v1alpha1/bucket.ts';
export * from './v1alpha1/database.ts';
export { KINDS } from './v1alpha1/kinds.ts';
export * from './v1alpha1/kubernetes-cluster.ts';
export type { KubernetesObject, ObjectMeta, OwnerReference } from './v1alpha1/object.ts';
export * from './v1alpha1/synchronization-plan.ts';
export { MISS_REASONS } from './v1alpha1/synchronization-plan-status.ts';
export type * from './v1alpha1/synchronization-plan-status.ts';
export {
  describeDuration,
  progressFromWorker,
  resultFromWorker,
} from './v1alpha1/synchronization-status.ts';
export type * from './v1alpha1/synchronization-status.ts';
export * from './v1alpha1/synchronization.ts';
export { DEFAULT_PULL_SECRET, DEFAULT_WORKER_RESOURCES } from './v1alpha1/worker-pod.ts';
export type { WorkerPod } from './v1alpha1/worker-pod.ts';
export * from './worker-contract.ts';
export { CONTROL_ROOT, isAtOrBelow } from './znode-path.ts';
