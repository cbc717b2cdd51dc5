import { expect, test } from '@jest/globals';
import type { SynchronizationPlanStatus } from '../../../api/v1alpha1/synchronization-plan-status.ts';
import { FakeClock } from '../../../testing/fake-clock.ts';
import { eventually } from '../../../testing/eventually.ts';
import { SYNCHRONIZATION_PLANS, SYNCHRONIZATIONS } from '../../kube/resources.ts';
import { FakeKube } from '../../kube/testing/fake-kube.ts';
import { InformerSet } from '../../runtime/informer.ts';
import { createOperatorMetrics } from '../../runtime/metrics.ts';
import { RecordingLogger } from '../../runtime/testing/recording-logger.ts';
import { synchronizationPlanControllers } from './build.ts';
import { NAMESPACE, SPEC } from './testing/builders.ts';

const WAIT = { timeoutMs: 60_000 };
const PLANS = 50;

/** As many are looked at at the same time; the last of these may overtake one another. */
const WORKERS = 16;

test('if many plans are due at once, all runs are created before statuses and events are written', async () => {
  const clock = new FakeClock(new Date('2026-03-28T00:00:10Z'));
  const kube = new FakeKube({ clock });
  const logger = new RecordingLogger();
  const informers = new InformerSet({ api: kube, clock, logger, namespaces: [] });
  const metrics = createOperatorMetrics();
  const context = { api: kube, informers, clock, logger, metrics, identity: 'pod-a' };
  const names = Array.from({ length: PLANS }, (_, index) => `plan-${index}`);
  for (const name of names) {
    const metadata = { namespace: NAMESPACE, name };
    kube.put(SYNCHRONIZATION_PLANS, { metadata, spec: { ...SPEC, schedule: '* * * * *' } });
  }
  const stop = new AbortController();
  const term = { stop: stop.signal, abort: new AbortController().signal, drainMs: 0 };
  const controllers = synchronizationPlanControllers(context);
  const ended = [informers.run(stop.signal), ...controllers.map((each) => each.run(term))];
  const statuses = () =>
    kube.objects(SYNCHRONIZATION_PLANS).map(({ status }) => status as SynchronizationPlanStatus);
  await eventually(() => statuses().every(({ misses }) => misses !== undefined), WAIT);
  const before = kube.writes.length;

  await clock.advance(60_000);
  await eventually(() => statuses().every(({ active }) => active?.length === 1), WAIT);

  const writes = kube.writes.slice(before);
  const firstTold = writes.findIndex(({ path }) => !path.endsWith(`/${SYNCHRONIZATIONS.plural}`));
  expect(firstTold).toBeGreaterThanOrEqual(PLANS - WORKERS);
  stop.abort();
  await Promise.all(ended);
});
