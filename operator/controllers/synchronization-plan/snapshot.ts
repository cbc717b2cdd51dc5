import type { Parsed } from '../../../api/schema/problem.ts';
import type { SynchronizationPlanStatus } from '../../../api/v1alpha1/synchronization-plan-status.ts';
import {
  SYNCHRONIZATION_PLAN,
  type SynchronizationPlanSpec,
} from '../../../api/v1alpha1/synchronization-plan.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { WorkerRemains } from '../../kube/worker-reader.ts';
import { parseResource } from '../parse-resource.ts';
import type { Child } from './child.ts';

/** A Synchronization that another one replaces. */
export interface ReplacedRun {
  readonly name: string;
  readonly uid: string;
  readonly since: Date;
  readonly remains: WorkerRemains;
}

/** Everything a decision about a plan is made from. */
export interface Snapshot {
  /** As it was read; writes are refused if it has changed since. */
  readonly object: KubeObject;
  readonly spec: Parsed<SynchronizationPlanSpec>;
  readonly status: SynchronizationPlanStatus;
  /** All Synchronizations that the plan controls, those in `status.active` among them. */
  readonly children: readonly Child[];
  /** Runs that were told to stop (`status.replacing`), and what is left of them. */
  readonly replaced: readonly ReplacedRun[];
  /** A name that the next child must have and that something else has. */
  readonly takenName: string | undefined;
  /** What the API server said when it refused to create a child, by the child's name. */
  readonly refusals: Readonly<Record<string, string>>;
  /** What it said when it refused to let the plan's UID be noted at it. */
  readonly refusedNote: string | undefined;
}

/** The same with the plan as it was read or written later. */
export function withObject(snapshot: Snapshot, object: KubeObject): Snapshot {
  return { ...snapshot, object, ...parseResource(SYNCHRONIZATION_PLAN, object) };
}

/** The same with a child more, or with one as it is now. */
export function withChild(snapshot: Snapshot, child: Child): Snapshot {
  const others = snapshot.children.filter(({ uid }) => uid !== child.uid);
  return { ...snapshot, children: [...others, child] };
}
