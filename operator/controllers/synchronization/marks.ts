import { ANNOTATIONS } from '../../../api/labels.ts';
import { jobName } from '../../../api/names.ts';
import type { Job } from '../../kube/job.ts';
import { isBeingDeleted } from '../../kube/objects.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * What ran before under the name of this object, or of the one that it was copied from; undefined if
 * nothing did. Status and annotation count alike: backup tools leave out the one, replacing by a
 * file removes the other.
 */
export function restoredFrom({ object, status }: Snapshot): string | undefined {
  const startedUid = object.metadata.annotations[ANNOTATIONS.startedUid];
  if (startedUid !== undefined && startedUid !== object.metadata.uid) return `UID ${startedUid}`;
  const isOwn = status.jobName === undefined || status.jobName === jobName(object.metadata);
  return isOwn ? undefined : `Job ${status.jobName}`;
}

/**
 * Whether the Job still waits for its first start, which nobody but us can give. The annotation says
 * so, unless somebody removed it: what has begun has a count of its attempts.
 */
export function isHeldBack(job: Job, { status }: Snapshot): boolean {
  const isMarked = job.metadata.annotations[ANNOTATIONS.held] !== undefined;
  return isMarked || (job.suspended && status.attempts === undefined);
}

/** A run was started, and the note of that is not there, or not right, any more. */
export function isMarkGone({ object, status }: Snapshot): boolean {
  const { annotations, uid } = object.metadata;
  const wasStarted = status.jobName === jobName(object.metadata);
  return wasStarted && annotations[ANNOTATIONS.startedUid] !== uid && !isBeingDeleted(object);
}
