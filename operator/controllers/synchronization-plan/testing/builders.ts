import { AUTOMATION_API_VERSION } from '../../../../api/groups.ts';
import { ANNOTATIONS } from '../../../../api/labels.ts';
import { slotName } from '../../../../api/names.ts';
import { SYNCHRONIZATION_PLAN } from '../../../../api/v1alpha1/synchronization-plan.ts';
import { parseKubeObject, type KubeObject } from '../../../kube/objects.ts';
import { parseResource } from '../../parse-resource.ts';
import { readChild } from '../child.ts';
import type { Snapshot } from '../snapshot.ts';

export const NAMESPACE = 'shop';
export const PLAN = 'hourly';
export const PLAN_UID = 'bbbbbbbb-0000-4000-8000-000000000000';

type Json = Readonly<Record<string, unknown>>;

/** What the documented sample says, due on the hour. */
export const SPEC = {
  schedule: '0 * * * ?',
  template: {
    spec: {
      plugin: 'zookeeper-to-zookeeper-nodes',
      config: {
        sourceName: 'zookeeper-source',
        destinationName: 'zookeeper-destination',
        rootPath: '/test',
      },
    },
  },
};

/** A clock time of 2016-05-19 in UTC, the day of CronJob's own tests: `10:01`, `10:01:30`. */
export function at(time: string): Date {
  return new Date(`2016-05-19T${time.length === 5 ? `${time}:00` : time}Z`);
}

/** The same as the API writes it. */
export function iso(time: string): string {
  return at(time).toISOString().replace('.000Z', 'Z');
}

export interface PlanInput {
  readonly spec?: Json;
  readonly status?: Json;
  readonly metadata?: Json;
}

/** A plan as the API server would send it; `spec` adds to the sample. */
export function planObject({ spec, status, metadata }: PlanInput = {}): KubeObject {
  return parseKubeObject({
    apiVersion: AUTOMATION_API_VERSION,
    kind: 'SynchronizationPlan',
    metadata: {
      name: PLAN,
      namespace: NAMESPACE,
      uid: PLAN_UID,
      resourceVersion: '7',
      generation: 1,
      creationTimestamp: iso('09:59'),
      ...metadata,
    },
    spec: { ...SPEC, ...spec },
    status: status ?? { observedGeneration: -1 },
  });
}

export interface ChildInput {
  /** `10:00`; left out, it was not made for a slot. */
  readonly slot?: string;
  readonly name?: string;
  readonly state?: 'Active' | 'Succeeded' | 'Failed';
  readonly reason?: string;
  readonly started?: string;
  readonly ended?: string;
  /** The point of the source that it copied. */
  readonly copied?: string;
  readonly ownerUid?: string;
  readonly metadata?: Json;
}

/** A Synchronization that the plan made. */
export function childObject(input: ChildInput = {}): KubeObject {
  const { slot, state = 'Active', ownerUid = PLAN_UID } = input;
  const name = input.name ?? slotName(PLAN, at(slot ?? '09:00'));
  return parseKubeObject({
    apiVersion: AUTOMATION_API_VERSION,
    kind: 'Synchronization',
    metadata: {
      name,
      namespace: NAMESPACE,
      uid: `uid-of-${name}`,
      resourceVersion: '9',
      generation: 1,
      creationTimestamp: iso(slot ?? '09:00'),
      annotations: slot === undefined ? {} : { [ANNOTATIONS.scheduledTimestamp]: iso(slot) },
      ownerReferences: [
        {
          apiVersion: AUTOMATION_API_VERSION,
          kind: 'SynchronizationPlan',
          name: PLAN,
          uid: ownerUid,
          controller: true,
        },
      ],
      ...input.metadata,
    },
    spec: SPEC.template.spec,
    status: state === 'Active' ? { observedGeneration: -1 } : endedStatus(input),
  });
}

/** Status of a Synchronization that has ended. */
export function endedStatus(input: ChildInput): Json {
  const isDone = input.state !== 'Failed';
  const reason = input.reason ?? (isDone ? 'Verified' : 'GuardRefused');
  return {
    observedGeneration: 1,
    conditions: [
      {
        type: 'Succeeded',
        status: isDone ? 'True' : 'False',
        reason,
        message: reason,
        lastTransitionTime: iso('09:02'),
      },
    ],
    ...(input.started === undefined ? {} : { startTime: iso(input.started) }),
    ...(input.ended === undefined ? {} : { completionTime: iso(input.ended) }),
    ...(input.copied === undefined
      ? {}
      : {
          result: {
            verified: reason === 'Verified',
            dryRun: reason === 'DryRun',
            source: { zxid: '0x1', time: iso(input.copied) },
          },
        }),
  };
}

/** A reference in `status.active`. */
export function activeRef(slot: string): Json {
  const name = slotName(PLAN, at(slot));
  return { name, uid: `uid-of-${name}`, scheduledTime: iso(slot) };
}

/** A snapshot of a plan and its children. */
export function snapshot(plan: PlanInput = {}, children: readonly ChildInput[] = []): Snapshot {
  const object = planObject(plan);
  return {
    object,
    ...parseResource(SYNCHRONIZATION_PLAN, object),
    children: children.map((child) => readChild(childObject(child), object)),
    replaced: [],
    takenName: undefined,
    refusals: {},
    refusedNote: undefined,
  };
}
