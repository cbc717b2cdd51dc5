import { describe, expect, test } from '@jest/globals';
import { findCondition } from '../../../api/conditions.ts';
import type { SynchronizationStatus } from '../../../api/v1alpha1/synchronization-status.ts';
import { EXIT_CODES } from '../../../api/worker-contract.ts';
import { EVENTS, JOBS, PODS } from '../../kube/resources.ts';
import { report, SPEC } from './testing/builders.ts';
import { Simulation, type Death } from './testing/simulation.ts';

const SUCCESS = { exitCode: 0, report: report() };
const SILENCE = {
  exitCode: EXIT_CODES.SourceUnavailable.code,
  report: report({ outcome: 'SourceUnavailable', message: 'No answer.', verified: false }),
};

/** Longer than a container is given that goes on after the worker. */
const PATIENCE_MS = 31_000;

function statusOf({ synchronization }: Simulation): SynchronizationStatus {
  return synchronization?.status as SynchronizationStatus;
}

function reasonOf(simulation: Simulation): string | undefined {
  return findCondition(statusOf(simulation).conditions, 'Succeeded')?.reason;
}

/** Until the worker has ended and what runs beside it has been given its time. */
async function untilOverdue(simulation: Simulation): Promise<void> {
  await simulation.settle(3);
  simulation.clock.jumpTo(new Date(simulation.clock.now().getTime() + PATIENCE_MS));
}

describe('a run in whose pod somebody put a container that never ends', () => {
  test('ends with what its worker reported, and leaves nothing running', async () => {
    const simulation = new Simulation({ hasSidecar: true });
    await untilOverdue(simulation);
    expect(statusOf(simulation).completionTime).toBeUndefined();

    await simulation.settle(2);

    expect(statusOf(simulation)).toMatchObject({
      attempts: 1,
      result: { outcome: 'Success', verified: true },
    });
    expect(reasonOf(simulation)).toBe('Verified');
    expect(simulation.jobs).toEqual([]);
    expect(simulation.kube.objects(PODS)).toEqual([]);
    expect(simulation.workers.started).toHaveLength(1);
  });

  test('leaves nothing running, even where somebody took the labels off its Job', async () => {
    const simulation = new Simulation({ hasSidecar: true });
    await untilOverdue(simulation);
    for (const job of simulation.jobs) {
      simulation.kube.put(JOBS, { ...job, metadata: { ...job.metadata, labels: {} } });
    }

    await simulation.settle(2);

    expect(reasonOf(simulation)).toBe('Verified');
    expect(simulation.jobs).toEqual([]);
  });

  test('is tried again after a failure, and ends with the attempt that succeeds', async () => {
    const simulation = new Simulation({ attempts: [SILENCE, SUCCESS], hasSidecar: true });
    await untilOverdue(simulation);
    await simulation.settle(3);
    expect(simulation.workers.started).toHaveLength(2);
    expect(statusOf(simulation).attempts).toBe(2);

    await untilOverdue(simulation);
    await simulation.settle(2);

    expect(reasonOf(simulation)).toBe('Verified');
    expect(statusOf(simulation).attempts).toBe(2);
    expect(simulation.jobs).toEqual([]);
  });

  test('ends after as many failures as spec.backoffLimit allows, with the last of them', async () => {
    const spec = { ...SPEC, backoffLimit: 1 };
    const simulation = new Simulation({ attempts: [SILENCE], hasSidecar: true, spec });
    for (let attempt = 0; attempt < 3; attempt++) {
      await untilOverdue(simulation);
      await simulation.settle(2);
    }

    expect(reasonOf(simulation)).toBe('SourceUnavailable');
    expect(statusOf(simulation).attempts).toBe(2);
    expect(simulation.workers.started).toHaveLength(2);
    expect(simulation.jobs).toEqual([]);
  });

  test.each([
    { name: 'a success', attempts: [SUCCESS] as const, runs: 1 },
    { name: 'a failure before a success', attempts: [SILENCE, SUCCESS] as const, runs: 2 },
  ])(
    'keeps its result and starts nothing twice, wherever the operator dies: $name',
    async ({ attempts, runs }) => {
      for (const side of ['before', 'after'] as const) {
        for (let call = 0, died = true; died; call++) {
          const simulation = new Simulation({ attempts, hasSidecar: true });
          died = await liveThrough(simulation, { call, side });

          expect({ side, call, runs: simulation.workers.started.length }).toEqual({
            ...{ side, call, runs },
          });
          expect(reasonOf(simulation)).toBe('Verified');
          expect(statusOf(simulation).result?.verified).toBe(true);
          expect(simulation.jobs).toEqual([]);
          const notes = simulation.kube.objects(EVENTS).map((event) => event['reason']);
          // The same container each time: one event, whose count grows.
          expect(notes.filter((each) => each === 'ContainerStillRunning')).toHaveLength(1);
        }
      }
    },
  );

  /** Dies once, when the first worker has been given enough; false if it needed fewer calls. */
  async function liveThrough(simulation: Simulation, death: Death): Promise<boolean> {
    await untilOverdue(simulation);
    const { died } = await simulation.reconcile(death);
    for (let round = 0; round < 2; round++) {
      await simulation.settle(2);
      await untilOverdue(simulation);
      await simulation.settle(2);
    }
    return died;
  }
});
