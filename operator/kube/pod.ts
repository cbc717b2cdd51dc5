import { parseConditions, type BuiltinCondition } from './job.ts';
import { isJsonObject, numberOf, stringField, textOf, type JsonObject } from './json-fields.ts';
import { controllerOf, type KubeObject, type ObjectMeta } from './objects.ts';

/** How a container ended. */
export interface ContainerTermination {
  readonly exitCode: number;
  /** Present where a signal ended it. */
  readonly signal?: number;
  /** For example Completed, Error, OOMKilled. */
  readonly reason: string;
  /** The termination message; empty if the process wrote none. */
  readonly message: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
}

/** State of one container; exactly one of the three is set, or none before the kubelet looked. */
export interface ContainerState {
  readonly name: string;
  readonly restartCount: number;
  readonly waiting?: { readonly reason: string; readonly message: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: ContainerTermination;
}

/** What a Pod tells about its run. */
export interface Pod {
  readonly metadata: ObjectMeta;
  /** UID of the Job that controls it. */
  readonly controllerUid: string | undefined;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  /** Why the whole pod failed (Evicted, DeadlineExceeded, …); empty otherwise. */
  readonly reason: string;
  readonly message: string;
  readonly nodeName: string;
  readonly conditions: readonly BuiltinCondition[];
  readonly containers: readonly ContainerState[];
  /** Init containers: those that end before the others begin, and those that run beside them. */
  readonly initContainers: readonly InitContainerState[];
  /** `spec.terminationGracePeriodSeconds`. */
  readonly terminationGraceSeconds: number;
}

/** State of an init container. */
export interface InitContainerState extends ContainerState {
  /**
   * Its `restartPolicy` is Always: it runs beside the others, and the kubelet ends it after them
   * (by default from Kubernetes 1.29 on).
   */
  readonly isSidecar: boolean;
}

/** Kubernetes' own default of `spec.terminationGracePeriodSeconds`. */
const DEFAULT_GRACE_SECONDS = 30;

const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed'] as const;

/** Reads a Pod. */
export function parsePod(object: KubeObject): Pod {
  const spec = isJsonObject(object.spec) ? object.spec : {};
  const status = isJsonObject(object.status) ? object.status : {};
  return {
    metadata: object.metadata,
    controllerUid: controllerOf(object)?.uid,
    phase: PHASES.find((phase) => phase === status['phase']) ?? 'Unknown',
    reason: textOf(status, 'reason'),
    message: textOf(status, 'message'),
    nodeName: textOf(spec, 'nodeName'),
    conditions: parseConditions(status),
    containers: parseContainers(status['containerStatuses']),
    initContainers: parseInitContainers(spec, status),
    terminationGraceSeconds: numberOf(spec, 'terminationGracePeriodSeconds', DEFAULT_GRACE_SECONDS),
  };
}

/** True once no container of the pod runs, or will run, any more. */
export function hasPodEnded({ phase }: Pod): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

function parseInitContainers(spec: JsonObject, status: JsonObject): InitContainerState[] {
  const { initContainers } = spec;
  const declared = Array.isArray(initContainers) ? initContainers.filter(isJsonObject) : [];
  const sidecars = declared.filter((each) => each['restartPolicy'] === 'Always');
  const names = new Set(sidecars.map((each) => textOf(each, 'name')));
  return parseContainers(status['initContainerStatuses']).map((container) => ({
    ...container,
    isSidecar: names.has(container.name),
  }));
}

function parseContainers(value: unknown): ContainerState[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isJsonObject).map((container) => {
    const state = isJsonObject(container['state']) ? container['state'] : {};
    const { waiting, running, terminated } = state as Record<string, unknown>;
    return {
      name: textOf(container, 'name'),
      restartCount: numberOf(container, 'restartCount'),
      ...(isJsonObject(waiting) ? { waiting: parseWaiting(waiting) } : {}),
      ...(isJsonObject(running) ? { running: stringField(running, 'startedAt') } : {}),
      ...(isJsonObject(terminated) ? { terminated: parseTermination(terminated) } : {}),
    };
  });
}

function parseWaiting(waiting: JsonObject): { reason: string; message: string } {
  return { reason: textOf(waiting, 'reason'), message: textOf(waiting, 'message') };
}

function parseTermination(terminated: JsonObject): ContainerTermination {
  const { signal } = terminated as { signal?: unknown };
  return {
    exitCode: numberOf(terminated, 'exitCode'),
    ...(typeof signal === 'number' ? { signal } : {}),
    reason: textOf(terminated, 'reason'),
    message: textOf(terminated, 'message'),
    ...stringField(terminated, 'startedAt'),
    ...stringField(terminated, 'finishedAt'),
  };
}
