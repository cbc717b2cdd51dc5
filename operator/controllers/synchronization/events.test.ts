import { describe, expect, test } from '@jest/globals';
import { ANNOTATIONS } from '../../../api/labels.ts';
import { decide } from './decide.ts';
import { eventsFor } from './events.ts';
import type { Pod } from '../../kube/pod.ts';
import type { Snapshot } from './snapshot.ts';
import { statusFor, type ReportedDecision } from './status.ts';
import {
  databaseView,
  endedPod,
  jobEnd,
  jobObject,
  lingeringPod,
  pod,
  report,
  SETTINGS,
  SPEC,
  snapshot,
  started,
  synchronizationObject,
  UID,
} from './testing/builders.ts';

/** The events of looks at one object, each with the status that the one before left. */
function eventsOf(looks: readonly ((status: object) => Snapshot)[], first: object = {}) {
  let status = first;
  return looks.map((look) => {
    const seen = look(status);
    const decision = decide(seen, SETTINGS) as ReportedDecision;
    status = statusFor(decision, seen);
    return eventsFor(decision, seen).map(({ type, reason, note, cause }) =>
      [type, reason, note, ...(cause === undefined ? [] : [cause])].join(' | '),
    );
  });
}

const SPEC_CHANGED =
  'Warning | SpecChanged | The spec was changed after the run had been started; the run goes by the old one. Create a new Synchronization with the new spec.';
const edited = {
  spec: { ...SPEC, config: { ...SPEC.config, rootPath: '/other' } },
  metadata: { generation: 2, annotations: { [ANNOTATIONS.startedUid]: UID } },
};
const recorded = started().status;
const failed = (name: string, message: string) =>
  endedPod(40, { name, report: report({ outcome: 'SourceUnavailable', message }) });
const runs = (name: string) => pod({ name, phase: 'Running', state: { running: {} } });

describe('each thing is told once', () => {
  test('what a start waits for, and again where that is another thing', () => {
    const waitsFor = (message: string) => (status: object) =>
      snapshot({
        object: synchronizationObject({ status: { ...status } }),
        source: databaseView('zookeeper-source', {
          ready: { status: 'False', reason: 'SecretNotFound', message },
        }),
      });
    const told = (message: string) =>
      `Warning | SecretNotFound | The Database zookeeper-source: ${message}`;
    expect(eventsOf([waitsFor('No.'), waitsFor('No.'), waitsFor('Still no.')])).toEqual([
      ...[[told('No.')], [], [told('Still no.')]],
    ]);
  });

  test('a spec that was changed, under way and at the end', () => {
    const running = (status: object) =>
      started({ ...edited, status: { ...status }, pods: [runs('one')] });
    const over = (status: object) =>
      started({
        ...edited,
        status: { ...status },
        job: jobObject({ status: jobEnd('Complete') }),
        pods: [endedPod(0, { report: report() })],
      });
    const end = 'Normal | Verified | Copied /test: 3 created.';
    const begin = 'Normal | Running | The worker is running.';
    expect(eventsOf([running, running, over], recorded)).toEqual([
      ...[[begin, SPEC_CHANGED], [], [end]],
    ]);
    expect(eventsOf([over], recorded)).toEqual([[end, SPEC_CHANGED]]);
  });

  test('a container that goes on, with the pod, the container and what becomes of them', () => {
    const note = (what: string): string =>
      `The worker had ended, and its pod copy-pod-1 was kept running by container mesh-proxy. ${what}. Keep such containers out of worker pods (spec.worker.labels, spec.worker.annotations), or let them end with the worker.`;
    const inTheWay = (status: object) =>
      started({ status: { ...status }, pods: [lingeringPod(40, { secondsAgo: 60 })] });
    const looks = eventsOf([inTheWay, inTheWay], recorded);
    const gone = note('The pod is deleted, for the next attempt to start');
    expect(looks[0]).toContain(`Warning | ContainerStillRunning | ${gone} | container mesh-proxy`);
    expect(looks[1]).toEqual([]);
    const done = (status: object) =>
      started({
        status: { ...status },
        pods: [lingeringPod(0, { secondsAgo: 60, report: report() })],
      });
    expect(eventsOf([done], recorded)[0]?.at(-1)).toBe(
      `Warning | ContainerStillRunning | ${note('The Job was deleted')} | container mesh-proxy`,
    );
  });
});

describe('each attempt that failed is told once', () => {
  const says = (message: string) => `Warning | AttemptFailed | ${message}`;
  const after =
    (...pods: readonly Pod[]) =>
    (status: object) =>
      started({ status: { ...status }, pods });
  const failuresOf = (looks: Parameters<typeof eventsOf>[0], first: object = recorded) =>
    eventsOf(looks, first).map((events) => events.filter((event) => event.includes('Attempt')));
  const [one, two, now] = [failed('one', 'No answer.'), failed('two', 'No answer.'), runs('now')];

  test('also where it failed in the words of the one before', () => {
    const looks = [
      after(runs('one')),
      after(one),
      after(one, now),
      after(one, two),
      after(one, two, now),
    ];
    expect(failuresOf(looks)).toEqual([[], [says('No answer.')], [], [says('No answer.')], []]);
  });

  test('also where nobody looked between two of them', () => {
    const other = failed('two', 'No quorum.');
    expect(failuresOf([after(one, other, now), after(one, other, now)])).toEqual([
      ...[[says('No answer.'), says('No quorum.')], []],
    ]);
  });

  test('whatever became of the pods of others', () => {
    const looks = [after(one, two, now), after(two, now), after(now), after(runs('next'))];
    expect(failuresOf(looks)).toEqual([[says('No answer.'), says('No answer.')], [], [], []]);
  });

  test('whatever the condition says by now', () => {
    const [first] = [after(one, now)].map((look) => look(recorded));
    const status = statusFor(decide(first!, SETTINGS) as ReportedDecision, first!);
    const reworded = status.conditions?.map((each) => ({ ...each, message: 'Other words.' }));
    expect(failuresOf([after(one, now)], { ...status, conditions: reworded })).toEqual([[]]);
  });

  test('before the outcome, where that is of another one', () => {
    const done = (...pods: readonly Pod[]) => [
      (status: object) =>
        started({ status: { ...status }, job: jobObject({ status: jobEnd('Complete') }), pods }),
    ];
    const end = endedPod(0, { name: 'end', report: report() });
    expect(failuresOf(done(one, end))).toEqual([[says('No answer.')]]);
    const over = [
      (status: object) =>
        started({
          status: { ...status },
          job: jobObject({ status: jobEnd('Failed', 'BackoffLimitExceeded') }),
          pods: [one, failed('two', 'No quorum.')],
        }),
    ];
    expect(failuresOf(over)).toEqual([[says('No answer.')]]);
  });

  describe('where an older version, or an older CRD, kept no list of them', () => {
    const before = (attempts: number) => ({ ...recorded, attempts });

    test('when the count of attempts says that there is a new one', () => {
      expect(failuresOf([after(one, now)], before(1))).toEqual([[says('No answer.')]]);
    });

    test('once more, rather than never, when it does not', () => {
      const looks = [1, 2, 3].map(() => after(one, now));
      expect(failuresOf(looks, before(2))).toEqual([[], [says('No answer.')], []]);
    });

    test('but not at each look, where no list can be kept', () => {
      const [seen] = [after(one, now)].map((look) => look(before(2)));
      const { failedPods, ...pruned } = statusFor(
        decide(seen!, SETTINGS) as ReportedDecision,
        seen!,
      );
      expect(failedPods).toEqual([]);
      expect(failuresOf([after(one, now)], pruned)).toEqual([[]]);
    });
  });
});
