import { describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { FakeClock } from '../../../testing/fake-clock.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { registerPlanMetrics } from './metrics.ts';
import { at, iso, planObject } from './testing/builders.ts';

const PREFIX = 'astronetes_synchronization_plan';
const LABELS = 'namespace="shop",name="hourly"';

/** The lines of the gauges of these plans, as a process that has just begun shows them. */
async function gaugesOf(plans: readonly KubeObject[], now: Date): Promise<readonly string[]> {
  const registry = new Registry();
  const cache = { get: () => undefined, list: () => plans };
  registerPlanMetrics(registry, { cache, clock: new FakeClock(now) });
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line.startsWith(PREFIX) && line.includes('{name'));
}

async function gauge(name: string, plan: KubeObject, now: Date): Promise<string | undefined> {
  const registry = new Registry();
  const cache = { get: () => undefined, list: () => [plan] };
  registerPlanMetrics(registry, { cache, clock: new FakeClock(now) });
  const line = (await registry.metrics())
    .split('\n')
    .find((each) => each.startsWith(`${PREFIX}_${name}{${LABELS}}`));
  return line?.split(' ')[1];
}

describe('the gauges of a plan', () => {
  const plan = planObject({
    spec: { rpo: '90m' },
    status: { lastSnapshotTime: iso('10:00'), nextScheduleTime: iso('11:00') },
  });

  test.each([
    { now: '10:30', age: '1800', met: '1' },
    { now: '11:30', age: '5400', met: '1' },
    { now: '11:31', age: '5460', met: '0' },
  ])('at $now: age $age s, RPO met: $met', async ({ now, age, met }) => {
    expect(await gauge('copy_age_seconds', plan, at(now))).toBe(age);
    expect(await gauge('rpo_seconds', plan, at(now))).toBe('5400');
    expect(await gauge('rpo_met', plan, at(now))).toBe(met);
    expect(await gauge('next_run_timestamp_seconds', plan, at(now))).toBe(
      String(at('11:00').getTime() / 1000),
    );
  });

  test('without a copy have no age, and miss the RPO once the plan is as old as that', async () => {
    const young = planObject({ spec: { rpo: '90m' } });

    expect(await gauge('copy_age_seconds', young, at('11:00'))).toBeUndefined();
    expect(await gauge('rpo_met', young, at('11:00'))).toBeUndefined();
    expect(await gauge('rpo_met', young, at('11:30'))).toBe('0');
  });

  test('without spec.rpo say nothing of one', async () => {
    const without = planObject({ status: { lastSnapshotTime: iso('10:00') } });

    expect(await gauge('rpo_met', without, at('11:00'))).toBeUndefined();
    expect(await gauge('copy_age_seconds', without, at('11:00'))).toBe('3600');
  });

  test('count what was missed by reason', async () => {
    const registry = new Registry();
    const missed = planObject({
      status: { misses: { total: 3, byReason: { Down: 2, Overlap: 1 } } },
    });
    const cache = { get: () => undefined, list: () => [missed] };
    registerPlanMetrics(registry, { cache, clock: new FakeClock(at('11:00')) });

    const text = await registry.metrics();

    expect(text).toContain(`${PREFIX}_missed_runs{${LABELS},reason="Down"} 2`);
    expect(text).toContain(`${PREFIX}_missed_runs{${LABELS},reason="Overlap"} 1`);
  });

  test('go with the plan', async () => {
    expect(await gaugesOf([], at('11:00'))).toEqual([]);
  });
});

test('how late runs were created is a histogram', async () => {
  const registry = new Registry();
  const cache = { get: () => undefined, list: () => [] };
  const observe = registerPlanMetrics(registry, { cache, clock: new FakeClock() });

  observe(0.2);

  expect(await registry.metrics()).toContain(`${PREFIX}_creation_skew_duration_seconds_sum 0.2`);
});

test('what a plan no longer shows goes from its gauges', async () => {
  const registry = new Registry();
  const missed = { total: 1, byReason: { Down: 1 } };
  const plans = [planObject({ status: { lastSnapshotTime: iso('10:00'), misses: missed } })];
  const cache = { get: () => undefined, list: () => plans };
  registerPlanMetrics(registry, { cache, clock: new FakeClock(at('11:00')) });
  const shown = async () =>
    (await registry.metrics()).split('\n').filter((line) => line.includes(`{${LABELS}`)).length;
  expect(await shown()).toBe(2);
  plans.length = 0;
  expect(await shown()).toBe(0);
});
