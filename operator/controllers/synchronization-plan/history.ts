import type { SynchronizationPlanSpec } from '../../../api/v1alpha1/synchronization-plan.ts';
import { ascending } from '../../../common/ascending.ts';
import { controllerOf, isBeingDeleted } from '../../kube/objects.ts';
import type { Child } from './child.ts';

/** The children that have ended and are more than the plan keeps, oldest first of each kind. */
export function beyondHistory(
  children: readonly Child[],
  spec: SynchronizationPlanSpec,
): readonly Child[] {
  // What somebody has taken from the plan is theirs.
  const ended = children.filter(
    ({ isOwn, object }) => isOwn && controllerOf(object) !== undefined && !isBeingDeleted(object),
  );
  return [
    ...oldest(ended, 'Succeeded', spec.successfulSynchronizationsHistoryLimit),
    ...oldest(ended, 'Failed', spec.failedSynchronizationsHistoryLimit),
  ];
}

function oldest(children: readonly Child[], state: Child['state'], limit: number): Child[] {
  const found = children.filter((child) => child.state === state).sort(byStartTime);
  return found.slice(0, Math.max(0, found.length - limit));
}

/** By start; what never started counts as the youngest; then by name. */
export function byStartTime(one: Child, other: Child): number {
  return ascending(startMs(one), startMs(other)) || ascending(one.name, other.name);
}

function startMs({ startTime }: Child): number {
  return startTime?.getTime() ?? Infinity;
}
