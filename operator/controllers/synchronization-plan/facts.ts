import { ascending } from '../../../common/ascending.ts';
import { isActive, type Child } from './child.ts';
import { runNowFacts, type RunNowFacts } from './run-now.ts';
import type { Snapshot } from './snapshot.ts';

/** What has happened so far: what the status says, and what the children add to it. */
export interface Facts extends RunNowFacts {
  readonly lastScheduleTime: Date | undefined;
  readonly lastSuccessfulTime: Date | undefined;
  readonly lastSnapshotTime: Date | undefined;
  /** Children that have not ended, oldest first. */
  readonly active: readonly Child[];
}

/**
 * Gathers what has happened. A child that the status does not know of was created by a process
 * that died before it could say so: the child itself says it, so that its slot is not run again.
 */
export function factsOf(snapshot: Snapshot): Facts {
  const { status, children } = snapshot;
  const own = children.filter((child) => child.isOwn);
  const succeeded = own.filter((child) => child.state === 'Succeeded');
  return {
    lastScheduleTime: latest(
      status.lastScheduleTime,
      own.map((child) => child.slot),
    ),
    lastSuccessfulTime: latest(
      status.lastSuccessfulTime,
      succeeded.map((child) => child.completionTime),
    ),
    lastSnapshotTime: latest(
      status.lastSnapshotTime,
      succeeded.map((child) => child.snapshotTime),
    ),
    ...runNowFacts(snapshot),
    active: children.filter(isActive).sort(byAge),
  };
}

function latest(known: string | undefined, found: readonly (Date | undefined)[]): Date | undefined {
  const times = [known === undefined ? undefined : new Date(known), ...found]
    .map((time) => time?.getTime() ?? NaN)
    .filter((time) => !Number.isNaN(time));
  return times.length === 0 ? undefined : new Date(Math.max(...times));
}

function byAge(one: Child, other: Child): number {
  return ascending(creationOf(one), creationOf(other)) || ascending(one.name, other.name);
}

/** Sorts after every time where it is not known. */
function creationOf({ object }: Child): string {
  return object.metadata.creationTimestamp ?? '~';
}
