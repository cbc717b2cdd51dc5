import { describe, expect, test } from '@jest/globals';
import { decide } from './decide.ts';
import { jobLost, ttlOf } from './finish.ts';
import {
  endedPod,
  jobEnd,
  jobObject,
  lingeringPod,
  NOW,
  report,
  SETTINGS,
  snapshot,
  SPEC,
  started,
  synchronizationObject,
} from './testing/builders.ts';

const DELETED = { deletionTimestamp: '2026-03-28T00:09:00Z' };

test('a Job that is gone with its object was deleted, and is not lost', () => {
  expect(jobLost('copy', started())).toMatchObject({ reason: 'WorkerLost' });
  expect(jobLost('copy', started({ metadata: DELETED }))).toMatchObject({ reason: 'Deleted' });
});

test('a result is told whole where another container kept the pod running', () => {
  const given = { report: report() };
  const job = jobObject();
  const quiet = decide(
    started({ job: jobObject({ status: jobEnd('Complete') }), pods: [endedPod(0, given)] }),
    SETTINGS,
  ) as { readonly message: string };
  const pods = [lingeringPod(0, { secondsAgo: 60, ...given })];
  expect(decide(started({ job, pods }), SETTINGS)).toMatchObject({
    action: 'Finish',
    message: `${quiet.message} Its pod copy-pod-1 was kept running by container mesh-proxy, so the Job was deleted.`,
  });
});

describe('the time until an object is deleted', () => {
  const spec = { ...SPEC, ttlSecondsAfterFinished: 60 };
  const given = snapshot({ object: synchronizationObject({ spec }), now: NOW });

  test('counts from its end', () => {
    expect(ttlOf(given, '2026-03-28T00:09:30Z')).toEqual({ requeueAfterMs: 30_000 });
    expect(ttlOf(given, '2026-03-28T00:01:00Z')).toEqual({ requeueAfterMs: 0 });
  });

  test('is none where it was not asked for, and where its end is no time', () => {
    expect(ttlOf(snapshot(), '2026-03-28T00:09:30Z')).toEqual({});
    expect(ttlOf(given, '2026-99-99T00:00:00Z')).toEqual({});
  });
});
