import { describe, expect, test } from '@jest/globals';
import { EXIT_CODES } from '../../../api/worker-contract.ts';
import { keyOf, type KubeObject } from '../../kube/objects.ts';
import { EVENTS, JOBS } from '../../kube/resources.ts';
import { report } from './testing/builders.ts';
import { type Death, Simulation, type SimulationOptions } from './testing/simulation.ts';

const SUCCESS = { exitCode: 0, report: report() };
const REFUSAL = {
  exitCode: EXIT_CODES.GuardRefused.code,
  report: report({ outcome: 'GuardRefused', guard: 'EmptySource', message: 'It is empty.' }),
};

const SILENCE = {
  exitCode: EXIT_CODES.SourceUnavailable.code,
  report: report({ outcome: 'SourceUnavailable', message: 'No answer.', verified: false }),
};

/** A life of the operator: how often the workers have moved on when its fatal reconcile begins. */
const STAGES = [0, 1, 2] as const;
/** The same where a second attempt follows one that failed. */
const STAGES_OF_TWO = [0, 1, 2, 3, 4] as const;

type Attempts = SimulationOptions['attempts'];

interface Case {
  readonly stage: number;
  readonly death: Death;
}

/** Every call of every stage, and both sides of it. */
async function everyDeath(
  stages: readonly number[] = STAGES,
  attempts?: Attempts,
): Promise<readonly Case[]> {
  const cases: Case[] = [];
  const simulation = new Simulation({ attempts });
  for (const stage of stages) {
    const { calls } = await simulation.reconcile();
    for (let call = 0; call < calls; call++) {
      for (const side of ['before', 'after'] as const) cases.push({ stage, death: { call, side } });
    }
    simulation.workers.step();
  }
  return cases;
}

/** Lives until the stage, dies there, and returns at the moment of death. */
async function dieAt(
  { stage, death }: Case,
  attempt = SUCCESS,
  attempts?: Attempts,
): Promise<Simulation> {
  const simulation = new Simulation({ attempt, attempts });
  for (let step = 0; step < stage; step++) {
    await simulation.reconcile();
    simulation.workers.step();
  }
  const { died } = await simulation.reconcile(death);
  expect(died).toBe(true);
  return simulation;
}

function succeeded(object: KubeObject | undefined): unknown {
  const status = object?.status as { conditions?: readonly Record<string, unknown>[] };
  return status.conditions?.find((condition) => condition['type'] === 'Succeeded');
}

describe('an operator that dies before or after any of its calls', () => {
  test('makes some calls in each stage', async () => {
    const cases = await everyDeath();

    expect(new Set(cases.map(({ stage }) => stage))).toEqual(new Set(STAGES));
    expect(cases.length).toBeGreaterThan(40);
  });

  test.each([
    { name: 'a success', attempt: SUCCESS, expected: { status: 'True', reason: 'Verified' } },
    { name: 'a failure', attempt: REFUSAL, expected: { status: 'False', reason: 'GuardRefused' } },
  ])('runs one worker and brings in its result: $name', async ({ attempt, expected }) => {
    for (const each of await everyDeath()) {
      const simulation = await dieAt(each, attempt);

      await simulation.settle();

      const told = {
        ...each,
        jobs: simulation.jobs.length,
        runs: simulation.workers.started.length,
      };
      expect(told).toEqual({ ...each, jobs: 1, runs: 1 });
      expect({ ...each, succeeded: succeeded(simulation.synchronization) }).toMatchObject({
        ...each,
        succeeded: expected,
      });
      expect(simulation.synchronization?.status).toMatchObject({
        result: { outcome: attempt === SUCCESS ? 'Success' : 'GuardRefused' },
      });
    }
  });

  test('tells the user of the start and the end, each in one event', async () => {
    for (const each of await everyDeath()) {
      const simulation = await dieAt(each);

      await simulation.settle();

      const reasons = simulation.kube.objects(EVENTS).map((event) => event['reason']);
      expect({ ...each, reasons: new Set(reasons) }).toMatchObject({
        reasons: new Set(['JobCreated', 'Running', 'Verified']),
      });
      expect({ ...each, events: reasons.length }).toEqual({ ...each, events: 3 });
    }
  });

  test.each<{ name: string; attempts: NonNullable<Attempts> }>([
    { name: 'before one that succeeds', attempts: [SILENCE, SUCCESS] },
    { name: 'before one that fails in the same words', attempts: [SILENCE, SILENCE, SUCCESS] },
  ])('tells of each failed attempt, at most once too often: $name', async ({ attempts }) => {
    const failures = attempts.length - 1;
    const stages = [...STAGES_OF_TWO, ...(failures === 2 ? [5, 6] : [])];
    const counts: unknown[] = [];
    for (const each of await everyDeath(stages, attempts)) {
      const simulation = await dieAt(each, SUCCESS, attempts);

      await simulation.settle(9);

      const events = simulation.kube.objects(EVENTS);
      const told = events.filter((event) => event['reason'] === 'AttemptFailed');
      expect({ ...each, told }).toMatchObject({ ...each, told: [{ message: 'No answer.' }] });
      counts.push(told[0]?.['count']);
      expect(succeeded(simulation.synchronization)).toMatchObject({ reason: 'Verified' });
    }
    // The second: it died between the event and the status.
    expect(new Set(counts)).toEqual(new Set([failures, failures + 1]));
  });

  test('never runs twice although somebody deletes the Job while nobody looks', async () => {
    for (const each of await everyDeath()) {
      const simulation = await dieAt(each);
      for (const job of simulation.jobs) simulation.kube.remove(JOBS, keyOf(job));

      await simulation.settle();

      const runs = simulation.workers.started.length;
      expect({ ...each, ranTwice: runs > 1 }).toEqual({ ...each, ranTwice: false });
      // A Job that never ran is made again; one that may have run is told to be lost.
      const { reason } = succeeded(simulation.synchronization) as { reason: string };
      expect(['Verified', 'WorkerLost']).toContain(reason);
    }
  });

  test('dying again and again at the same call still ends', async () => {
    const simulation = new Simulation();
    for (let call = 0; call < 12; call++) await simulation.reconcile({ call, side: 'after' });

    await simulation.settle();

    expect(simulation.workers.started).toHaveLength(1);
    expect(succeeded(simulation.synchronization)).toMatchObject({ reason: 'Verified' });
  });
});
