import { describe, expect, test } from '@jest/globals';
import type { SynchronizationStatus } from '../../../api/v1alpha1/synchronization-status.ts';
import { decide } from './decide.ts';
import { eventsFor, type EventNote } from './events.ts';
import type { Snapshot } from './snapshot.ts';
import { statusFor, type ReportedDecision } from './status.ts';
import {
  databaseView,
  endedPod,
  jobEnd,
  JOB_NAME,
  jobObject,
  lingeringPod,
  pod,
  report,
  SETTINGS,
  snapshot,
  SPEC,
  started,
  synchronizationObject,
} from './testing/builders.ts';

interface Told {
  readonly status: SynchronizationStatus;
  readonly conditions: Record<string, string>;
  readonly events: readonly EventNote[];
}

/** What a snapshot leads to: the status, its conditions as `True/Reason`, and the events. */
function tell(snapshot: Snapshot): Told {
  const decision = decide(snapshot, SETTINGS) as ReportedDecision;
  const status = statusFor(decision, snapshot);
  const conditions = Object.fromEntries(
    (status.conditions ?? []).map(({ type, status: is, reason }) => [type, `${is}/${reason}`]),
  );
  return { status, conditions, events: eventsFor(decision, snapshot) };
}

/** The same object after the status was written. */
function after(input: Parameters<typeof started>[0], status: SynchronizationStatus): Snapshot {
  return started({ ...input, status: { ...status } });
}

const running = { pods: [pod({ phase: 'Running', state: { running: {} } })] };
const done = {
  job: jobObject({ status: jobEnd('Complete') }),
  pods: [endedPod(0, { report: report() })],
};
const refused = {
  job: jobObject({ status: jobEnd('Failed', 'PodFailurePolicy') }),
  pods: [endedPod(51, { report: report({ outcome: 'GuardRefused', guard: 'EmptySource' }) })],
};

describe('the status', () => {
  test.each([
    {
      name: 'waiting',
      snapshot: snapshot({ source: null }),
      conditions: { Succeeded: 'Unknown/AssetNotFound', Reconciling: 'True/AssetNotFound' },
    },
    {
      name: 'running',
      snapshot: started(running),
      conditions: { Succeeded: 'Unknown/Running', Reconciling: 'True/Running' },
    },
    {
      name: 'succeeded',
      snapshot: started(done),
      conditions: {
        Succeeded: 'True/Verified',
        Ready: 'True/Verified',
        Finished: 'True/Verified',
      },
    },
    {
      name: 'failed',
      snapshot: started(refused),
      conditions: {
        Succeeded: 'False/GuardRefused',
        Ready: 'False/GuardRefused',
        Finished: 'True/GuardRefused',
        Stalled: 'True/GuardRefused',
      },
    },
    {
      name: 'running by an old spec',
      snapshot: started({
        ...running,
        spec: { ...SPEC, backoffLimit: 9 },
        metadata: { generation: 2 },
      }),
      conditions: { Succeeded: 'Unknown/Running', Stalled: 'True/SpecChanged' },
    },
    {
      name: 'succeeded by an old spec',
      snapshot: started({
        ...done,
        spec: { ...SPEC, backoffLimit: 9 },
        metadata: { generation: 2 },
      }),
      conditions: {
        Succeeded: 'True/Verified',
        Ready: 'True/Verified',
        Finished: 'True/Verified',
        Stalled: 'True/SpecChanged',
      },
    },
  ])('$name', ({ snapshot, conditions }) => {
    const told = tell(snapshot);

    expect(told.conditions).toEqual(conditions);
    expect(told.status.observedGeneration).toBe(snapshot.object.metadata.generation);
  });

  test.each([
    { name: 'under way', given: started(running), attempts: 1, pods: ['copy-pod-1'] },
    { name: 'over', given: started(done), attempts: 1, pods: [done.pods[0]?.metadata.name] },
  ])('counts the attempts of a run that is $name, by pods that it names', (each) => {
    const { attempts, pods } = tell(each.given).status;
    expect({ attempts, pods }).toEqual({ attempts: each.attempts, pods: each.pods });
  });

  test('of a run by an old spec is on its way again once that is put back, and the other way round', () => {
    const edited = { spec: { ...SPEC, backoffLimit: 9 }, metadata: { generation: 2 } };
    const before = tell(started(running));
    const stalled = tell(after({ ...running, ...edited }, before.status));
    expect(stalled.conditions).toEqual({
      ...{ Succeeded: 'Unknown/Running', Stalled: 'True/SpecChanged' },
    });
    expect(tell(after(running, stalled.status)).conditions).toEqual(before.conditions);
  });

  test('is Finished once it has ended, either way, and not before', () => {
    const finished = [
      snapshot({ source: null }),
      started(running),
      started(done),
      started(refused),
    ].map((each) => tell(each).conditions['Finished']);

    expect(finished).toEqual([undefined, undefined, 'True/Verified', 'True/GuardRefused']);
  });

  test('clears what no longer holds when it goes on', () => {
    const waiting = tell(snapshot({ source: null })).status;
    const told = tell(after(running, { ...waiting, jobName: JOB_NAME }));

    expect(told.conditions).toEqual({
      Succeeded: 'Unknown/Running',
      Reconciling: 'True/Running',
    });
  });

  test('holds the progress while it runs, and the result at its end', () => {
    const progress = { phase: 'apply', done: 1, total: 4, percent: 25, summary: 'apply 25%' };
    const under = tell(started({ ...running, progress })).status;
    const ended = tell(after(done, under)).status;

    expect(under).toMatchObject({ progress, attempts: 1, jobName: JOB_NAME });
    expect(ended).not.toHaveProperty('progress');
    expect(ended).toMatchObject({
      completionTime: '2026-03-28T00:05:00Z',
      attempts: 1,
      result: { outcome: 'Success', verified: true },
    });
  });

  test('keeps the last progress when the log cannot be read for once', () => {
    const progress = { phase: 'apply', done: 1, summary: 'apply 1' };
    const under = tell(started({ ...running, progress })).status;

    expect(tell(after(running, under)).status.progress).toEqual(progress);
  });

  test('does not move when nothing does', () => {
    const under = tell(started(running)).status;

    expect(tell(after(running, under)).status).toEqual(under);
  });

  test('judges a spec that was changed after the end, and takes it back with the change', () => {
    const ended = tell(started(done)).status;
    const edit = { ...done, spec: { ...SPEC, backoffLimit: 9 }, metadata: { generation: 2 } };
    const changed = tell(after(edit, ended));

    expect(changed.conditions).toEqual({
      Succeeded: 'True/Verified',
      Ready: 'True/Verified',
      Finished: 'True/Verified',
      Stalled: 'True/SpecChanged',
    });
    expect(changed.status.observedGeneration).toBe(2);
    expect(changed.events).toMatchObject([{ type: 'Warning', reason: 'SpecChanged' }]);

    const back = tell(after({ ...done, metadata: { generation: 3 } }, changed.status));
    expect(back.conditions).toEqual({
      Succeeded: 'True/Verified',
      Ready: 'True/Verified',
      Finished: 'True/Verified',
    });
  });
});

describe('the events', () => {
  test.each([
    {
      name: 'a missing Database',
      snapshot: snapshot({ source: null }),
      events: [{ type: 'Warning', reason: 'AssetNotFound' }],
    },
    {
      name: 'nothing of a Database that is looked at in a moment',
      snapshot: snapshot({ source: databaseView('zookeeper-source', { ready: null }) }),
      events: [],
    },
    {
      name: 'the Job',
      snapshot: snapshot({ object: synchronizationObject(), job: jobObject() }),
      events: [{ type: 'Normal', reason: 'JobCreated' }],
    },
    { name: 'nothing while the pod starts', snapshot: started({ pods: [pod()] }), events: [] },
    {
      name: 'the run',
      snapshot: started(running),
      events: [{ type: 'Normal', reason: 'Running' }],
    },
    {
      name: 'what keeps the pod from starting',
      snapshot: started({
        pods: [pod({ state: { waiting: { reason: 'ErrImagePull', message: 'no' } } })],
      }),
      events: [{ type: 'Warning', reason: 'WorkerImagePullFailed' }],
    },
    {
      name: 'an attempt that is followed by another',
      snapshot: started({ pods: [endedPod(40, { report: report({ message: 'No answer.' }) })] }),
      events: [{ type: 'Warning', reason: 'AttemptFailed', note: 'No answer.' }],
    },
    {
      name: 'nothing of an attempt that the outcome will tell of',
      snapshot: started({ pods: [endedPod(51)] }),
      events: [],
    },
    {
      name: 'a success',
      snapshot: started(done),
      events: [{ type: 'Normal', reason: 'Verified' }],
    },
    {
      name: 'a failure',
      snapshot: started(refused),
      events: [{ type: 'Warning', reason: 'GuardRefused' }],
    },
  ])('tell $name', ({ snapshot, events }) => {
    expect(tell(snapshot).events).toMatchObject(events);
    expect(tell(snapshot).events).toHaveLength(events.length);
  });

  test.each([
    { name: 'waiting', input: { source: null } },
    { name: 'running', input: running },
    { name: 'a failed attempt', input: { pods: [endedPod(40)] } },
    {
      name: 'an image that does not come',
      input: { pods: [pod({ state: { waiting: { reason: 'ErrImagePull', message: 'no' } } })] },
    },
  ])('tell nothing twice: $name', ({ input }) => {
    const first = tell(started(input));

    expect(tell(after(input, first.status)).events).toEqual([]);
  });

  test('tell of a running worker once, however far it gets', () => {
    const summary = (text: string) => ({
      ...running,
      progress: { phase: 'compare', done: 1, summary: text },
    });
    const first = tell(started(summary('compare 10%')));

    expect(tell(after(summary('compare 20%'), first.status)).events).toEqual([]);
  });

  test('tell it again when the obstacle is another one', () => {
    const unschedulable = (message: string) => ({
      pods: [pod({ conditions: [{ type: 'PodScheduled', status: 'False', message }] })],
    });
    const first = tell(started(unschedulable('0/1 nodes are available.')));

    expect(
      tell(after(unschedulable('0/2 nodes are available.'), first.status)).events,
    ).toMatchObject([{ type: 'Warning', reason: 'WorkerPending' }]);
  });
});

test('the time of the start is that at which the Job was recorded', () => {
  const given = snapshot({ job: jobObject() });
  const decision = { ...decide(given, SETTINGS) } as ReportedDecision;
  expect(decision).toMatchObject({ action: 'RecordJob' });
  expect(statusFor(decision, given)).toMatchObject({
    jobName: JOB_NAME,
    startTime: (decision as { startTime?: string }).startTime,
  });
  expect(statusFor(decision, given).startTime).toMatch(/^2026-/);
});

test('a run that has ended is not under way any more', () => {
  const first = tell(started(running));
  expect(first.conditions).toHaveProperty('Reconciling');
  expect(tell(after(refused, first.status)).conditions).not.toHaveProperty('Reconciling');
});

test('a run that failed stands again once its spec is what it was', () => {
  const edited = { spec: { ...SPEC, backoffLimit: 9 }, metadata: { generation: 2 } };
  const over = tell(after({ ...refused, ...edited }, tell(started(refused)).status));
  expect(over.conditions).toMatchObject({ Stalled: 'True/SpecChanged' });
  const back = tell(after({ ...refused, metadata: { generation: 3 } }, over.status));
  expect(back.conditions).toMatchObject({ Stalled: 'True/GuardRefused' });
});

test('a pod that is deleted for the next attempt is told of once its time is over, and once', () => {
  const kept = (secondsAgo: number) => ({ pods: [lingeringPod(40, { secondsAgo })] });
  const patient = tell(started(kept(10)));
  const told = tell(after(kept(60), patient.status));
  expect(told.events).toContainEqual(
    expect.objectContaining({ note: expect.stringContaining('The pod is deleted') as unknown }),
  );
  expect(tell(after(kept(60), told.status)).events).toEqual([]);
});
