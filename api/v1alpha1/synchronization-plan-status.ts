/** `status` of a SynchronizationPlan. */
import {
  choice,
  flag,
  integer,
  list,
  optional,
  structure,
  text,
  timestamp,
  type Static,
} from '../schema/builders.ts';
import { conditions, observedGeneration } from './fields.ts';
import { STATUS_DEFAULT } from './object.ts';

/** Why a slot of the schedule had no run. */
export const MISS_REASONS = ['Down', 'Suspended', 'Overlap', 'Deadline'] as const;
export type MissReason = (typeof MISS_REASONS)[number];

/** How many tokens of the run-now annotation are remembered. */
export const MAX_RUN_NOW_TOKENS = 50;

const count = (description: string) => integer({ description, minimum: 0 });

const active = structure(
  {
    name: text({ description: 'Name of the Synchronization.', maxLength: 253 }),
    uid: text({ description: 'Its UID.', maxLength: 128 }),
    scheduledTime: optional(timestamp('The time it was due; none for one that was run by hand.')),
  },
  { description: 'A Synchronization that has not ended.' },
);

const replaced = structure(
  {
    name: text({ description: 'Name of the Synchronization.', maxLength: 253 }),
    uid: text({ description: 'Its UID.', maxLength: 128 }),
    since: timestamp('When it was told to stop.'),
  },
  { description: 'A Synchronization that was deleted and whose worker has not ended.' },
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
    evaluatedThrough: optional(
      timestamp(
        'Every time of the schedule up to this one had its run or is counted here. It does not move while the plan is suspended; the times since then are counted when the plan is resumed.',
      ),
    ),
    schedule: optional(
      text({ description: 'The schedule in force since then; none while the plan is refused.' }),
    ),
    timeZone: optional(text({ description: 'Its time zone.' })),
    total: count('How many times had no run.'),
    byReason: structure(
      {
        Down: optional(
          count('Nobody started it: the operator did not run, or could not create it.'),
        ),
        Suspended: optional(count('The plan was suspended.')),
        Overlap: optional(count('The run before had not ended when the next was due.')),
        Deadline: optional(count('It was later than startingDeadlineSeconds allows.')),
      },
      { description: 'How many, by reason.' },
    ),
    lowerBound: optional(
      flag({ description: 'True if there were more: times over a year ago are not counted.' }),
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
    replacing: optional(
      list(replaced, {
        description:
          'With concurrencyPolicy Replace: Synchronizations that were told to stop; the next one waits for their workers.',
      }),
    ),
    lastScheduleTime: optional(timestamp('The last time of the schedule that was run.')),
    lastSuccessfulTime: optional(timestamp('When a Synchronization last succeeded.')),
    nextScheduleTime: optional(timestamp('When the plan runs next.')),
    lastSnapshotTime: optional(
      timestamp('The point of the source that the newest verified copy stands for.'),
    ),
    lastRunNowToken: optional(
      text({
        description:
          'The last token of the run-now annotation that was used, or that came from another plan and starts nothing.',
      }),
    ),
    runNowTokens: optional(
      list(text({ description: '8 hex digits of the SHA-256 of a token.' }), {
        description:
          'Hashes of the last tokens of the run-now annotation, newest first. None of them starts a run again.',
        maxItems: MAX_RUN_NOW_TOKENS,
      }),
    ),
    misses: optional(misses),
  },
  { description: 'What the plan has done and will do.', default: STATUS_DEFAULT },
);

export type SynchronizationPlanStatus = Static<typeof synchronizationPlanStatus>;
export type PlanMisses = Static<typeof misses>;
export type ReplacedSynchronization = Static<typeof replaced>;
export type ActiveSynchronization = Static<typeof active>;
