import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ApiCallReport } from '../kube/api-client.ts';
import type { ControllerMetrics, ReconcileOutcome } from './controller.ts';

/** All metrics of a process. */
export interface OperatorMetrics {
  /** Where further metrics are registered, and what `/metrics` shows. */
  readonly registry: Registry;
  /** The metrics of one controller and its queue. */
  readonly controller: (name: string, workers: number) => ControllerMetrics;
  /** Whether this process leads. */
  readonly setLeader: (lease: string, isLeader: boolean) => void;
  /** Counts a call of the API server. */
  readonly apiCall: (report: ApiCallReport) => void;
}

/** controller-runtime's buckets for reconciles, seconds. */
const RECONCILE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** workqueue's buckets, seconds: from instant to a quarter of an hour. */
const QUEUE_BUCKETS = [0.0001, 0.001, 0.01, 0.1, 1, 10, 100, 1000];

/** What a reconcile's end counts as in controller-runtime's `result` label. */
const RESULTS: Record<ReconcileOutcome, 'success' | 'requeue_after' | 'requeue' | 'error'> = {
  success: 'success',
  requeue_after: 'requeue_after',
  conflict: 'requeue',
  error: 'error',
  panic: 'error',
  terminal_error: 'error',
};

/**
 * Creates the metrics under the names of controller-runtime, client-go and workqueue, so that
 * dashboards and alerts made for other operators work here. Each call has a registry of its own.
 */
export function createOperatorMetrics(): OperatorMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const reconciles = createReconcileMetrics(registry);
  const queues = createQueueMetrics(registry);
  const leader = new Gauge({
    name: 'leader_election_master_status',
    help: '1 if this process holds the lease, 0 if it waits for it.',
    labelNames: ['name'],
    registers: [registry],
  });
  const apiCalls = createApiMetrics(registry);
  return {
    registry,
    controller: (name, workers) => ({ ...reconciles(name, workers), ...queues(name) }),
    setLeader: (name, isLeader) => {
      leader.set({ name }, isLeader ? 1 : 0);
    },
    apiCall: apiCalls,
  };
}

function createApiMetrics(registry: Registry): OperatorMetrics['apiCall'] {
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Calls of the API server by status code, method and host.',
    labelNames: ['code', 'method', 'host'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'Time until the API server began to answer.',
    labelNames: ['verb', 'host'],
    buckets: RECONCILE_BUCKETS,
    registers: [registry],
  });
  return ({ code, method, host, durationSeconds }) => {
    requests.inc({ code, method, host });
    durations.observe({ verb: method, host }, durationSeconds);
  };
}

type ReconcileMetrics = Pick<ControllerMetrics, 'reconciled' | 'setActiveWorkers'>;

function createReconcileMetrics(
  registry: Registry,
): (controller: string, workers: number) => ReconcileMetrics {
  const registers = [registry];
  const labelNames = ['controller'] as const;
  const counter = (name: string, help: string): Counter<'controller'> =>
    new Counter({ name: `controller_runtime_${name}`, help, labelNames, registers });
  const gauge = (name: string, help: string): Gauge<'controller'> =>
    new Gauge({ name: `controller_runtime_${name}`, help, labelNames, registers });

  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciles by how they ended.',
    labelNames: ['controller', 'result'],
    registers,
  });
  const errors = counter('reconcile_errors_total', 'Reconciles that failed.');
  const terminal = counter(
    'terminal_reconcile_errors_total',
    'Reconciles that failed until the object is changed.',
  );
  const panics = counter('reconcile_panics_total', 'Reconciles that failed by a bug.');
  const active = gauge('active_workers', 'Reconciles that run now.');
  const maximum = gauge('max_concurrent_reconciles', 'Reconciles that may run at once.');
  const durations = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Duration of a reconcile.',
    labelNames,
    buckets: RECONCILE_BUCKETS,
    registers,
  });

  return (controller, workers) => {
    maximum.set({ controller }, workers);
    for (const each of [errors, terminal, panics]) each.inc({ controller }, 0);
    for (const result of new Set(Object.values(RESULTS))) total.inc({ controller, result }, 0);
    return {
      reconciled: (outcome, seconds) => {
        total.inc({ controller, result: RESULTS[outcome] });
        durations.observe({ controller }, seconds);
        if (RESULTS[outcome] === 'error') errors.inc({ controller });
        if (outcome === 'terminal_error') terminal.inc({ controller });
        if (outcome === 'panic') panics.inc({ controller });
      },
      setActiveWorkers: (count) => {
        active.set({ controller }, count);
      },
    };
  };
}

type QueueMetricsOnly = Omit<ControllerMetrics, keyof ReconcileMetrics>;

function createQueueMetrics(registry: Registry): (name: string) => QueueMetricsOnly {
  const registers = [registry];
  const labelNames = ['name'] as const;
  const running = createRunningGauges(registry);
  const stuck = createStuckGauge(registry);
  const counter = (name: string, help: string): Counter<'name'> =>
    new Counter({ name: `workqueue_${name}`, help, labelNames, registers });
  const histogram = (name: string, help: string): Histogram<'name'> =>
    new Histogram({
      name: `workqueue_${name}`,
      help,
      labelNames,
      buckets: QUEUE_BUCKETS,
      registers,
    });

  const depth = new Gauge({
    name: 'workqueue_depth',
    help: 'Keys that wait to be processed.',
    labelNames,
    registers,
  });
  const adds = counter('adds_total', 'Keys added.');
  const retries = counter('retries_total', 'Keys added again after a failure.');
  const waits = histogram('queue_duration_seconds', 'How long a key waited to be processed.');
  const work = histogram('work_duration_seconds', 'How long processing a key took.');

  return (name) => ({
    setDepth: (count) => {
      depth.set({ name }, count);
    },
    added: () => {
      adds.inc({ name });
    },
    retried: () => {
      retries.inc({ name });
    },
    queueDuration: (seconds) => {
      waits.observe({ name }, seconds);
    },
    workDuration: (seconds) => {
      work.observe({ name }, seconds);
    },
    observeRunning: (read) => {
      running.set(name, read);
    },
    observeStuck: (read) => {
      stuck.set(name, read);
    },
  });
}

/** Read when somebody asks, as {@link createRunningGauges}; no name of workqueue's says this. */
function createStuckGauge(registry: Registry): Map<string, () => number> {
  const stuck = new Map<string, () => number>();
  new Gauge({
    name: 'astronetes_controller_stuck_reconciles',
    help: 'Reconciles that did not end when they were told to, and have lost their worker.',
    labelNames: ['controller'],
    registers: [registry],
    collect() {
      for (const [controller, read] of stuck) this.set({ controller }, read());
    },
  });
  return stuck;
}

/** Gauges that are read when somebody asks: what hangs makes no calls that could update one. */
function createRunningGauges(registry: Registry): Map<string, () => readonly number[]> {
  const running = new Map<string, () => readonly number[]>();
  const add = (name: string, help: string, sum: (seconds: readonly number[]) => number): void => {
    new Gauge({
      name: `workqueue_${name}`,
      help,
      labelNames: ['name'],
      registers: [registry],
      collect() {
        for (const [queue, read] of running) this.set({ name: queue }, sum(read()));
      },
    });
  };
  add('unfinished_work_seconds', 'Time spent on keys still in process, added up.', (all) =>
    all.reduce((total, seconds) => total + seconds, 0),
  );
  add('longest_running_processor_seconds', 'Age of the oldest key in process.', (all) =>
    Math.max(0, ...all),
  );
  return running;
}
