import type { EventInput } from '../../kube/event-recorder.ts';

/** What an event says, without the object it is about. */
export type EventNote = Pick<EventInput, 'type' | 'reason' | 'note' | 'cause'>;

/** CronJob's words, so that whoever watches for them there finds them here; the last are ours. */
export const EVENT_REASONS = {
  created: 'SuccessfulCreate',
  failedCreate: 'FailedCreate',
  deleted: 'SuccessfulDelete',
  failedDelete: 'FailedDelete',
  failedGet: 'FailedGet',
  completed: 'SawCompletedJob',
  missing: 'MissingJob',
  unexpected: 'UnexpectedJob',
  alreadyActive: 'JobAlreadyActive',
  missSchedule: 'MissSchedule',
  tooManyMissed: 'TooManyMissedTimes',
  unparseableSchedule: 'UnparseableSchedule',
  missedRuns: 'MissedRuns',
  failedUpdate: 'FailedUpdate',
  runNowIgnored: 'RunNowIgnored',
  replacing: 'Replacing',
  replacedStillRunning: 'ReplacedStillRunning',
} as const;
