import { GO_DURATION_PATTERN, parseGoDuration } from '../duration.ts';
import { SYNCHRONIZATION_PLAN_KIND } from '../groups.ts';
import {
  choice,
  flag,
  integer,
  mapOf,
  optional,
  structure,
  text,
  type Static,
} from '../schema/builders.ts';
import type { Parsed } from '../schema/problem.ts';
import {
  AGE_COLUMN,
  CATEGORIES,
  READY_COLUMNS,
  type KindDefinition,
  type KubernetesObject,
} from './object.ts';
import { parseObject } from './parse.ts';
import {
  synchronizationPlanStatus,
  type SynchronizationPlanStatus,
} from './synchronization-plan-status.ts';
import { synchronizationSpec } from './synchronization.ts';

const templateMetadata = structure(
  {
    labels: optional(
      mapOf(text({ description: 'Value of the label.' }), {
        description: 'Labels of each Synchronization.',
      }),
    ),
    annotations: optional(
      mapOf(text({ description: 'Value of the annotation.' }), {
        description: 'Annotations of each Synchronization.',
      }),
    ),
  },
  { description: 'Labels and annotations of each Synchronization.' },
);

const template = structure(
  { metadata: optional(templateMetadata), spec: synchronizationSpec },
  { description: 'What each Synchronization of the plan is made from.' },
);

const historyLimit = (outcome: string, value: number) =>
  integer({
    description: `How many ${outcome} Synchronizations are kept; older ones are deleted.`,
    default: value,
    minimum: 0,
    maximum: 1000,
  });

const spec = structure(
  {
    schedule: text({
      description:
        'When to synchronize, in five fields as in a CronJob: "10 * * * *" is ten past every hour. H in the minute field picks a minute by the name of the plan.',
      minLength: 1,
      maxLength: 256,
      rules: [
        {
          must: 'must not contain a time zone',
          remedy: 'Write it in spec.timeZone.',
          holds: (schedule) => !schedule.includes('TZ='),
          cel: "!self.contains('TZ=')",
        },
      ],
    }),
    timeZone: optional(
      text({
        description:
          'IANA time zone of the schedule, for example Europe/Madrid. Left out, it is UTC.',
        minLength: 1,
        maxLength: 64,
      }),
    ),
    suspend: flag({
      description: 'While true nothing new starts. A run that goes on continues.',
      default: false,
    }),
    concurrencyPolicy: choice(['Forbid', 'Allow', 'Replace'], {
      description:
        'What to do if the last run has not ended when the next is due. Forbid: wait for it. Replace: stop it, wait until its worker is gone, and start the next one. Allow: start beside it; this is useful only if the destination roots differ, because one root has one writer.',
      default: 'Forbid',
    }),
    startingDeadlineSeconds: optional(
      integer({
        description:
          'A run that could not start within this many seconds of its time is dropped, and an event MissSchedule says so. Without this field, the latest run is caught up, however late.',
        minimum: 0,
      }),
    ),
    successfulSynchronizationsHistoryLimit: historyLimit('successful', 3),
    failedSynchronizationsHistoryLimit: historyLimit('failed', 1),
    rpo: optional(
      text({
        description:
          'Recovery Point Objective: how old the newest verified copy may be, for example 90m or 24h. The condition RPOMet says whether it is kept.',
        maxLength: 64,
        pattern: GO_DURATION_PATTERN,
        rules: [
          {
            must: 'must be longer than nothing',
            remedy: 'Write for example 90m, 1h30m or 24h.',
            holds: (rpo) => parseGoDuration(rpo) !== 0,
            cel: "self.matches('[1-9]')",
          },
        ],
      }),
    ),
    onResume: choice(['RunLatest', 'WaitNext'], {
      description:
        'What happens when suspend ends. RunLatest: the last run that was left out starts at once, as with a CronJob. WaitNext: the next one at its time.',
      default: 'RunLatest',
    }),
    template,
  },
  { description: 'When to copy what.' },
);

/** SynchronizationPlan: Synchronizations at fixed times. */
export const SYNCHRONIZATION_PLAN = {
  names: SYNCHRONIZATION_PLAN_KIND,
  description:
    'A SynchronizationPlan creates a Synchronization whenever its schedule says so, as a CronJob creates Jobs. Its name has at most 52 characters.',
  categories: CATEGORIES,
  columns: [
    {
      name: 'Schedule',
      type: 'string',
      jsonPath: '.spec.schedule',
      description: 'When it runs.',
    },
    {
      name: 'Suspend',
      type: 'boolean',
      jsonPath: '.spec.suspend',
      description: 'Whether it is suspended.',
    },
    {
      name: 'Active',
      type: 'string',
      jsonPath: '.status.active[*].name',
      description: 'The Synchronization that runs now.',
    },
    {
      name: 'Last Success',
      type: 'date',
      jsonPath: '.status.lastSuccessfulTime',
      description: 'When a Synchronization of the plan last succeeded.',
    },
    {
      name: 'Next',
      type: 'string',
      jsonPath: '.status.nextScheduleTime',
      description: 'When it runs next.',
    },
    {
      name: 'RPO',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="RPOMet")].reason',
      description: 'WithinRPO or RPOExceeded: how the newest verified copy stands to spec.rpo.',
    },
    READY_COLUMNS.status,
    AGE_COLUMN,
    {
      name: 'Time Zone',
      type: 'string',
      jsonPath: '.spec.timeZone',
      description: 'Time zone of the schedule.',
      priority: 1,
    },
    { ...READY_COLUMNS.reason, priority: 1 },
    READY_COLUMNS.message,
  ],
  spec,
  status: synchronizationPlanStatus,
} as const satisfies KindDefinition;

export type SynchronizationPlanSpec = Static<typeof spec>;
export type SynchronizationPlan = KubernetesObject<
  'SynchronizationPlan',
  SynchronizationPlanSpec,
  SynchronizationPlanStatus
>;

/** Parses a SynchronizationPlan; see {@link parseObject}. */
export function parseSynchronizationPlan(value: unknown): Parsed<SynchronizationPlan> {
  return parseObject(SYNCHRONIZATION_PLAN, value);
}
