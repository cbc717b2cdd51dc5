import { expect, test } from '@jest/globals';
import { createOperatorMetrics } from './metrics.ts';

/** The names that dashboards for controller-runtime operators read. */
const NAMES = [
  'controller_runtime_reconcile_total',
  'controller_runtime_reconcile_errors_total',
  'controller_runtime_terminal_reconcile_errors_total',
  'controller_runtime_reconcile_panics_total',
  'controller_runtime_reconcile_time_seconds',
  'controller_runtime_active_workers',
  'controller_runtime_max_concurrent_reconciles',
  'workqueue_depth',
  'workqueue_adds_total',
  'workqueue_retries_total',
  'workqueue_queue_duration_seconds',
  'workqueue_work_duration_seconds',
  'workqueue_unfinished_work_seconds',
  'workqueue_longest_running_processor_seconds',
  'leader_election_master_status',
  'rest_client_requests_total',
  'rest_client_request_duration_seconds',
];

test('the metrics have the names of controller-runtime, workqueue and client-go', () => {
  const { registry } = createOperatorMetrics();
  const names = registry.getMetricsAsArray().map((metric) => metric.name);
  expect(names).toEqual(expect.arrayContaining(NAMES));
});

test('each call has a registry of its own', async () => {
  const first = createOperatorMetrics();
  const second = createOperatorMetrics();
  first.setLeader('lease', true);
  expect(await first.registry.metrics()).toContain('leader_election_master_status{name="lease"} 1');
  expect(await second.registry.metrics()).not.toContain('leader_election_master_status{');
});

test('reconciles count under the result that controller-runtime gives them', async () => {
  const { registry, controller } = createOperatorMetrics();
  const metrics = controller('plan', 3);
  for (const outcome of ['success', 'requeue_after', 'conflict', 'error', 'panic'] as const) {
    metrics.reconciled(outcome, 0.2);
  }
  metrics.reconciled('terminal_error', 0.2);
  const text = await registry.metrics();
  for (const line of [
    'controller_runtime_reconcile_total{controller="plan",result="success"} 1',
    'controller_runtime_reconcile_total{controller="plan",result="requeue_after"} 1',
    'controller_runtime_reconcile_total{controller="plan",result="requeue"} 1',
    'controller_runtime_reconcile_total{controller="plan",result="error"} 3',
    'controller_runtime_reconcile_errors_total{controller="plan"} 3',
    'controller_runtime_reconcile_panics_total{controller="plan"} 1',
    'controller_runtime_terminal_reconcile_errors_total{controller="plan"} 1',
    'controller_runtime_max_concurrent_reconciles{controller="plan"} 3',
    'controller_runtime_reconcile_time_seconds_count{controller="plan"} 6',
  ]) {
    expect(text).toContain(line);
  }
});

test('what still runs is measured when somebody asks', async () => {
  const { registry, controller } = createOperatorMetrics();
  const metrics = controller('plan', 1);
  let running: number[] = [3, 4];
  metrics.observeRunning(() => running);
  expect(await registry.metrics()).toContain('workqueue_unfinished_work_seconds{name="plan"} 7');
  expect(await registry.metrics()).toContain(
    'workqueue_longest_running_processor_seconds{name="plan"} 4',
  );
  running = [];
  expect(await registry.metrics()).toContain(
    'workqueue_longest_running_processor_seconds{name="plan"} 0',
  );
});

test('reconciles that do not end are counted when somebody asks', async () => {
  const { registry, controller } = createOperatorMetrics();
  let stuck = 2;
  controller('plan', 1).observeStuck(() => stuck);
  expect(await registry.metrics()).toContain(
    'astronetes_controller_stuck_reconciles{controller="plan"} 2',
  );
  stuck = 0;
  expect(await registry.metrics()).toContain(
    'astronetes_controller_stuck_reconciles{controller="plan"} 0',
  );
});

test('calls of the API server count by code, method and host', async () => {
  const { registry, apiCall } = createOperatorMetrics();
  apiCall({ method: 'GET', host: 'api:443', code: '200', durationSeconds: 0.01 });
  apiCall({ method: 'GET', host: 'api:443', code: '<error>', durationSeconds: 15 });
  const text = await registry.metrics();
  expect(text).toContain('rest_client_requests_total{code="200",method="GET",host="api:443"} 1');
  expect(text).toContain(
    'rest_client_requests_total{code="<error>",method="GET",host="api:443"} 1',
  );
});

test('a queue and its workers are measured under the name of their controller', async () => {
  const { registry, controller } = createOperatorMetrics();
  const metrics = controller('plan', 1);
  metrics.setDepth(5);
  metrics.added();
  metrics.retried();
  metrics.queueDuration(0.5);
  metrics.workDuration(2);
  metrics.setActiveWorkers(1);
  const text = await registry.metrics();
  for (const line of [
    'workqueue_depth{name="plan"} 5',
    'workqueue_adds_total{name="plan"} 1',
    'workqueue_retries_total{name="plan"} 1',
    'workqueue_queue_duration_seconds_sum{name="plan"} 0.5',
    'workqueue_work_duration_seconds_sum{name="plan"} 2',
    'controller_runtime_active_workers{controller="plan"} 1',
  ]) {
    expect(text).toContain(line);
  }
});
