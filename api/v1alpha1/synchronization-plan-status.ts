/** `status` of a SynchronizationPlan. */
import type { Static } from '../schema/builders.ts';
import {
  choice,
  flag,
  integer,
  list,
  optional,
  structure,
  text,
  timestamp,
} from '../schema/builders.ts';
import { conditions, observedGeneration } from './fields.ts';
import { STATUS_DEFAULT } from './object.ts';

/** Why a slot of the schedule had no run. */
export const MISS_REASONS = ['Down', 'Suspended', 'Overlap', 'Deadline'] as const;
export type MissReason = (typeof MISS_REASONS)[number];

const count = (description: string) => integer({ description, minimum: 0 });

const active = structure(
  {
    name: text({ description: 'Name of the Synchronization.', maxLength: 253 }),
    uid: text({ description: 'Its UID.', maxLength: 128 }),
    scheduledTime: optional(timestamp('The time it was due; none for one that was run by hand.')),
  },
  { description: 'A Synchronization that has not ended.' },
);

const miss = structure(
  {
    time: timestamp('The time that was due.'),
    reason: choice(MISS_REASONS, { description: 'Why it had no run.' }),
  },
  { description: 'A time of the schedule that had no run.' },
);

const misses = structure(
  {
    evaluatedThrough: optional(timestamp('Up to when all times of the schedule were judged.')),
    total: count('How many times had no run.'),
    byReason: structure(
      {
        Down: optional(count('The operator did not run.')),
        Suspended: optional(count('The plan was suspended.')),
        Overlap: optional(count('The run before had not ended.')),
        Deadline: optional(count('It was later than startingDeadlineSeconds allow.')),
      },
      { description: 'How many, by reason.' },
    ),
    lowerBound: optional(
      flag({ description: 'True if there were more, too long ago to be counted one by one.' }),
    ),
    last: optional(list(miss, { description: 'The last few of them, newest first.' })),
  },
  { description: 'Times of the schedule that had no run.' },
);

/** The schema of `status`. */
export const synchronizationPlanStatus = structure(
  {
    observedGeneration,
    conditions,
    active: optional(list(active, { description: 'Synchronizations that have not ended.' })),
    lastScheduleTime: optional(timestamp('The last time of the schedule that was run.')),
    lastSuccessfulTime: optional(timestamp('When a Synchronization last succeeded.')),
    nextScheduleTime: optional(timestamp('When the plan runs next.')),
    lastSnapshotTime: optional(
      timestamp('The point of the source that the newest verified copy stands for.'),
    ),
    lastRunNowToken: optional(
      text({ description: 'The last token of the run-now annotation that was honoured.' }),
    ),
    misses: optional(misses),
  },
  { description: 'What the plan has done and will do.', default: STATUS_DEFAULT },
);

export type SynchronizationPlanStatus = Static<typeof synchronizationPlanStatus>;
export type PlanMisses = Static<typeof misses>;
export type ActiveSynchronization = Static<typeof active>;
