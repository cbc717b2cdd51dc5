import { Gauge, Histogram, type Registry } from 'prom-client';
import { parseGoDuration } from '../../../api/duration.ts';
import type { Clock } from '../../../common/clock.ts';
import { isJsonObject, textOf, type JsonObject } from '../../kube/json-fields.ts';
import type { ObjectReader } from '../../kube/object-reader.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { judgeRpo } from './rpo.ts';

/** Tells how long after its time a run was created, in seconds. */
export type StartObserver = (delaySeconds: number) => void;

/** From a tenth of a second to an hour: CronJob's own metric of this kind begins at 1 s. */
const DELAY_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

/** What one plan shows at one moment; what it cannot show is left out. */
interface PlanFigures {
  readonly copyAgeSeconds: number | undefined;
  readonly rpoSeconds: number | undefined;
  /** 1 or 0; undefined while there is no rpo, or still time for the first copy. */
  readonly rpoMet: number | undefined;
  readonly nextRunSeconds: number | undefined;
  readonly missed: Readonly<Record<string, unknown>>;
}

const GAUGES = {
  copyAgeSeconds: {
    name: 'astronetes_synchronization_plan_copy_age_seconds',
    help: 'Age of the data of the newest verified copy of a plan; none until there is one.',
  },
  rpoSeconds: {
    name: 'astronetes_synchronization_plan_rpo_seconds',
    help: 'spec.rpo of a plan, in seconds.',
  },
  rpoMet: {
    name: 'astronetes_synchronization_plan_rpo_met',
    help: '1 if the newest verified copy of a plan is younger than spec.rpo, 0 if not.',
  },
  nextRunSeconds: {
    name: 'astronetes_synchronization_plan_next_run_timestamp_seconds',
    help: 'When a plan runs next, in seconds since 1970; in the past while that run waits.',
  },
} as const;

/**
 * Registers what plans show of themselves. Gauges are worked out from the objects whenever somebody
 * asks, so that they are right from the first moment of a process, age while nothing happens, and
 * go with the plan they are of.
 */
export function registerPlanMetrics(
  registry: Registry,
  { cache, clock }: { readonly cache: ObjectReader; readonly clock: Clock },
): StartObserver {
  const collectInto = (gauge: Gauge<'namespace' | 'name'>, figure: keyof typeof GAUGES): void => {
    gauge.reset();
    for (const plan of cache.list()) {
      const value = figuresOf(plan, clock.now())[figure];
      const { namespace, name } = plan.metadata;
      if (value !== undefined) gauge.set({ namespace, name }, value);
    }
  };
  for (const figure of Object.keys(GAUGES) as (keyof typeof GAUGES)[]) {
    const gauge = new Gauge<'namespace' | 'name'>({
      ...GAUGES[figure],
      labelNames: ['namespace', 'name'],
      registers: [registry],
      collect: () => {
        collectInto(gauge, figure);
      },
    });
  }
  registerMisses(registry, { cache, clock });
  const delays = new Histogram({
    name: 'astronetes_synchronization_plan_creation_skew_duration_seconds',
    help: 'How long after its time on the schedule a Synchronization was created.',
    buckets: DELAY_BUCKETS,
    registers: [registry],
  });
  return (delaySeconds) => {
    delays.observe(delaySeconds);
  };
}

function registerMisses(
  registry: Registry,
  { cache, clock }: { readonly cache: ObjectReader; readonly clock: Clock },
): void {
  const gauge = new Gauge<'namespace' | 'name' | 'reason'>({
    name: 'astronetes_synchronization_plan_missed_runs',
    help: 'How many times of its schedule a plan did not run, by reason (status.misses).',
    labelNames: ['namespace', 'name', 'reason'],
    registers: [registry],
    collect: () => {
      gauge.reset();
      for (const plan of cache.list()) {
        const { namespace, name } = plan.metadata;
        for (const [reason, count] of Object.entries(figuresOf(plan, clock.now()).missed)) {
          if (typeof count === 'number') gauge.set({ namespace, name, reason }, count);
        }
      }
    },
  });
}

/** Straight from the fields: parsing thousands of plans would hold everything else up. */
function figuresOf(plan: KubeObject, now: Date): PlanFigures {
  const status = isJsonObject(plan.status) ? plan.status : {};
  const lastSnapshotTime = timeOf(status, 'lastSnapshotTime');
  const nextRun = timeOf(status, 'nextScheduleTime');
  const misses = isJsonObject(status['misses']) ? status['misses'] : {};
  return {
    copyAgeSeconds: lastSnapshotTime && (now.getTime() - lastSnapshotTime.getTime()) / 1000,
    ...rpoFigures(plan, lastSnapshotTime, now),
    nextRunSeconds: nextRun && nextRun.getTime() / 1000,
    missed: isJsonObject(misses['byReason']) ? misses['byReason'] : {},
  };
}

function rpoFigures(
  { spec, metadata }: KubeObject,
  lastSnapshotTime: Date | undefined,
  now: Date,
): Pick<PlanFigures, 'rpoSeconds' | 'rpoMet'> {
  const rpo = isJsonObject(spec) ? textOf(spec, 'rpo') : '';
  const rpoMs = parseGoDuration(rpo);
  if (rpoMs === null) return { rpoSeconds: undefined, rpoMet: undefined };
  const creationTime = new Date(metadata.creationTimestamp ?? now);
  const { status } = judgeRpo(rpo, { lastSnapshotTime, creationTime, now });
  const rpoMet = status === 'Unknown' ? undefined : Number(status === 'True');
  return { rpoSeconds: rpoMs / 1000, rpoMet };
}

function timeOf(object: JsonObject, field: string): Date | undefined {
  const time = new Date(textOf(object, field));
  return Number.isNaN(time.getTime()) ? undefined : time;
}
