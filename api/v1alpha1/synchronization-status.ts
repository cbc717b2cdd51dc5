/** `status` of a Synchronization, and how a worker's report becomes `status.result`. */
import {
  flag,
  integer,
  list,
  optional,
  structure,
  text,
  timestamp,
  type Static,
} from '../schema/builders.ts';
import type { ResultDurations, WorkerProgress, WorkerResult } from '../worker-contract.ts';
import { conditions, observedGeneration } from './fields.ts';
import { STATUS_DEFAULT } from './object.ts';

const progress = structure(
  {
    phase: text({ description: 'What the worker does: connect, compare, apply or verify.' }),
    done: integer({ description: 'Znodes handled in this phase.', minimum: 0 }),
    total: optional(integer({ description: 'Znodes this phase has, once known.', minimum: 0 })),
    percent: optional(
      integer({
        description: 'How much of this phase is done, once known.',
        minimum: 0,
        maximum: 100,
      }),
    ),
    summary: optional(text({ description: 'The same in a few words: compare 45%.' })),
    time: optional(timestamp('When the worker said so.')),
  },
  { description: 'How far the running worker is.' },
);

const count = (description: string) => integer({ description, minimum: 0 });

const skipped = structure(
  {
    reason: text({ description: 'Why they were left out.' }),
    count: count('How many.'),
    paths: optional(
      list(text({ description: 'Path of a znode.' }), {
        description: 'The first few of them.',
      }),
    ),
  },
  { description: 'Znodes of the source that were left out for one reason.' },
);

const notCarried = structure(
  {
    what: text({ description: 'What the source has and the copy does not: acls, for example.' }),
    count: optional(count('How many znodes this is about, if they are counted.')),
    paths: optional(
      list(text({ description: 'Path of a znode.' }), {
        description: 'The first few of them.',
      }),
    ),
    missing: optional(
      count(
        'For counters and data versions: the sum by which they are behind those of the source.',
      ),
    ),
    remedy: optional(
      text({ description: 'For what the destination cannot do: why, and what to do.' }),
    ),
  },
  { description: 'Something the copy does not carry over.' },
);

const pendingCommands = structure(
  {
    preset: text({ description: 'The system whose commands they are.' }),
    side: text({ description: 'Where they wait: source or destination.' }),
    count: count('How many.'),
    paths: optional(
      list(text({ description: 'Path of a znode.' }), {
        description: 'The first few of them.',
      }),
    ),
    remedy: text({ description: 'What will happen to them, and what to do.' }),
  },
  { description: 'Commands of a system that wait in a tree and are not copied.' },
);

const result = structure(
  {
    outcome: text({ description: 'How the run ended, as a word of the worker contract.' }),
    message: text({ description: 'What happened, in a sentence.', maxLength: 4096 }),
    guard: optional(text({ description: 'The guard that refused the run.' })),
    dryRun: flag({ description: 'True if the run was asked to write nothing.' }),
    verified: flag({ description: 'True if everything written was read back and found equal.' }),
    fenced: flag({ description: 'True if no other writer could interfere.' }),
    settled: optional(
      flag({ description: 'True if the source did not change while it was copied, where known.' }),
    ),
    source: optional(
      structure(
        {
          zxid: optional(
            text({
              description:
                'zxid, in hexadecimal, of the point of the source that the copy stands for, where it is known.',
              pattern: {
                regex: '^0x[0-9a-fA-F]{1,16}$',
                must: 'must be 0x and hexadecimal digits',
                remedy: 'Write for example 0x1a2b.',
              },
            }),
          ),
          time: timestamp('The time of that point; the age of the copy counts from it.'),
        },
        { description: 'The point of the source that the copy stands for.' },
      ),
    ),
    sourceHistory: optional(
      structure(
        {
          proved: flag({
            description:
              'True if it is. Then access control lists that did not change since were not read again, except a hundredth of them in each run.',
          }),
          reason: text({ description: 'Why it is proved, or why not, as a word.' }),
        },
        {
          description:
            'Whether it is proved that the source was not set back since an earlier run read its access control lists.',
        },
      ),
    ),
    aclsVerifiedTime: optional(
      timestamp(
        'The oldest time at which any access control list of this copy was read, or proved not to have changed since it was.',
      ),
    ),
    changes: count('Znodes created, updated and deleted, together.'),
    created: count('Znodes created.'),
    updated: count('Znodes updated.'),
    deleted: count('Znodes deleted.'),
    unchanged: count('Znodes that were equal already.'),
    skipped: optional(list(skipped, { description: 'Znodes left out, by reason.' })),
    notCarried: optional(
      list(notCarried, { description: 'What the source has and the run did not copy.' }),
    ),
    pendingCommands: optional(
      list(pendingCommands, {
        description:
          'Commands of the systems in exclude.presets that wait on either side. If the system starts there, it executes them.',
      }),
    ),
    bytesWritten: count('Bytes of data written.'),
    durations: structure(
      {
        compareMs: count('Milliseconds of comparing.'),
        applyMs: count('Milliseconds of writing.'),
        verifyMs: count('Milliseconds of reading back.'),
        totalMs: count('Milliseconds in all.'),
      },
      { description: 'Where the time went.' },
    ),
    duration: text({ description: 'The total time, for people: 1m12s.' }),
  },
  { description: 'What the worker reported at its end.' },
);

/** The schema of `status`. */
export const synchronizationStatus = structure(
  {
    observedGeneration,
    conditions,
    jobName: optional(
      text({
        description: 'The Job that does the work: kubectl logs job/NAME shows what it does.',
        maxLength: 253,
      }),
    ),
    startTime: optional(timestamp('When the Job was created.')),
    completionTime: optional(timestamp('When the run ended, either way.')),
    attempts: optional(
      count('How often a worker was started. A pod that Kubernetes replaced counts too.'),
    ),
    pods: optional(
      list(text({ description: 'Name of a pod.', maxLength: 253 }), {
        description: "The worker's pods that exist and are counted in attempts.",
      }),
    ),
    failedPods: optional(
      list(text({ description: 'Name of a pod.', maxLength: 253 }), {
        description:
          'Those of them that failed, and whose failure an event (AttemptFailed) has reported.',
      }),
    ),
    progress: optional(progress),
    result: optional(result),
  },
  { description: 'What happened to it so far.', default: STATUS_DEFAULT },
);

export type SynchronizationStatus = Static<typeof synchronizationStatus>;
export type SynchronizationProgress = Static<typeof progress>;
export type SynchronizationResult = Static<typeof result>;

/** Turns what a worker reported in its termination message into `status.result`. */
export function resultFromWorker(report: WorkerResult): SynchronizationResult {
  const { created, updated, deleted, unchanged } = report.counts;
  return {
    outcome: report.outcome,
    message: report.message,
    ...(report.guard && { guard: report.guard }),
    dryRun: report.dryRun,
    verified: report.verified,
    fenced: report.fenced,
    ...(report.settled !== null && { settled: report.settled }),
    ...(report.source && { source: { ...report.source } }),
    ...(report.sourceHistory && { sourceHistory: { ...report.sourceHistory } }),
    ...(report.aclsVerifiedTime !== undefined && { aclsVerifiedTime: report.aclsVerifiedTime }),
    changes: created + updated + deleted,
    created,
    updated,
    deleted,
    unchanged,
    skipped: report.skipped.map((entry) => ({ ...entry, paths: [...entry.paths] })),
    notCarried: report.notCarried.map(({ paths, ...entry }) => ({
      ...entry,
      ...(paths && { paths: [...paths] }),
    })),
    ...(report.pendingCommands && {
      pendingCommands: report.pendingCommands.map((entry) => ({
        ...entry,
        paths: [...entry.paths],
      })),
    }),
    bytesWritten: report.bytesWritten,
    durations: wholeMilliseconds(report.durations),
    duration: describeDuration(report.durations.totalMs),
  };
}

/** Turns a line of progress from a worker's log into `status.progress`. */
export function progressFromWorker(report: WorkerProgress, time?: string): SynchronizationProgress {
  const { phase, done, total, secondsLeft } = report;
  const left = secondsLeft === undefined ? '' : `, ${describeDuration(1000 * secondsLeft)} left`;
  const percent = total === null || total === 0 ? undefined : Math.floor((done / total) * 100);
  return {
    phase,
    done,
    ...(total !== null && { total }),
    ...(percent !== undefined && { percent: Math.min(100, percent) }),
    summary:
      percent === undefined ? `${phase} ${done}` : `${phase} ${Math.min(100, percent)}%${left}`,
    ...(time !== undefined && { time }),
  };
}

function wholeMilliseconds(durations: ResultDurations): ResultDurations {
  return {
    compareMs: Math.round(durations.compareMs),
    applyMs: Math.round(durations.applyMs),
    verifyMs: Math.round(durations.verifyMs),
    totalMs: Math.round(durations.totalMs),
  };
}

/** A duration as people read it: `850ms`, `12s`, `1m12s`, `2h5m`. */
export function describeDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)}ms`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${seconds % 60}s`;
  return `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}
