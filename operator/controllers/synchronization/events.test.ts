import { describe, expect, test } from '@jest/globals';
import { ANNOTATIONS } from '../../../api/labels.ts';
import { decide } from './decide.ts';
import { eventsFor } from './events.ts';
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

  test('each attempt that failed, also where it failed as the one before', () => {
    const after =
      (...names: string[]) =>
      (status: object) =>
        started({
          status: { ...status },
          pods: [...names.map((name) => failed(name, 'No answer.')), runs('now')],
        });
    const told = 'Warning | AttemptFailed | No answer.';
    const looks = eventsOf([after('one'), after('one'), after('one', 'two')], recorded);
    expect(looks.map((events) => events.filter((event) => event === told))).toEqual([
      ...[[told], [], [told]],
    ]);
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
