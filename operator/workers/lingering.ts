import { hasPodEnded, type Pod } from '../kube/pod.ts';
import { WORKER_CONTAINER } from './worker-container.ts';

/** What keeps a pod from ending although its worker has ended. */
export interface Lingering {
  readonly pod: Pod;
  /** Names of the containers that have not ended. */
  readonly containers: readonly string[];
  /** How much longer they are given, in milliseconds; 0: they were given enough. */
  readonly leftMs: number;
}

/** Time for a container that notices by itself that its work is done. */
const GRACE_MS = 30_000;

/**
 * Finds containers that somebody added to the worker's pod (a mesh, an agent) and that go on after
 * the worker. Native sidecars are told to end by the kubelet, which gives them the pod's grace
 * period; they are counted where even that did not end them.
 *
 * @returns undefined while the worker runs, and once the pod has ended
 */
export function lingeringIn(pod: Pod, now: Date): Lingering | undefined {
  const worker = pod.containers.find(({ name }) => name === WORKER_CONTAINER)?.terminated;
  if (worker === undefined || hasPodEnded(pod)) return undefined;
  const others = pod.containers.filter(({ terminated }) => terminated === undefined);
  const sidecars = pod.initContainers.filter(({ isSidecar, running }) => isSidecar && running);
  const containers = [...others, ...sidecars].map(({ name }) => name);
  if (containers.length === 0) return undefined;
  const graceMs = GRACE_MS + (others.length > 0 ? 0 : pod.terminationGraceSeconds * 1000);
  const endedMs = Date.parse(worker.finishedAt ?? '');
  const leftMs = Number.isNaN(endedMs) ? 0 : Math.max(0, endedMs + graceMs - now.getTime());
  return { pod, containers, leftMs };
}

/** `container a`, `containers a and b`. */
export function describeContainers({ containers }: Pick<Lingering, 'containers'>): string {
  const [first = '', ...more] = containers;
  return more.length === 0 ? `container ${first}` : `containers ${containers.join(' and ')}`;
}
