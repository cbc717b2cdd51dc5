import { describe, expect, test } from '@jest/globals';
import { ANNOTATIONS } from '../../../api/labels.ts';
import { decide } from './decide.ts';
import {
  databaseView,
  endedPod,
  jobEnd,
  JOB_NAME,
  jobObject,
  recordedStatus,
  report,
  SETTINGS,
  snapshot,
  SPEC,
  started,
  synchronizationObject,
  UID,
} from './testing/builders.ts';

const marked = { annotations: { [ANNOTATIONS.startedUid]: UID } };

describe('what is decided, to the last field', () => {
  const decideFor = (input: Parameters<typeof snapshot>[0]) => decide(snapshot(input), SETTINGS);

  test('a Job of that name that is somebody else’s', () => {
    expect(decideFor({ job: jobObject({ ownerUid: 'somebody-else' }) })).toEqual({
      ...{ action: 'Wait', obstructed: true, reason: 'JobNameTaken', requeueAfterMs: 60_000 },
      message: `The Job ${JOB_NAME} was not made for this Synchronization, and has the name that its Job must have: delete or rename that Job.`,
    });
  });

  test('a Job that was made, and what it is to copy', () => {
    const object = synchronizationObject({ metadata: marked });
    expect(decideFor({ object, job: jobObject() })).toEqual({
      ...{ action: 'RecordJob', jobName: JOB_NAME, reason: 'WorkerPending' },
      startTime: '2026-03-28T00:01:00Z',
      message: `The Job ${JOB_NAME} has been created to copy /test from zookeeper-source to zookeeper-destination.`,
    });
    const broken = synchronizationObject({ metadata: marked, spec: {} });
    expect(decideFor({ object: broken, job: jobObject() })).toMatchObject({
      message: `The Job ${JOB_NAME} has been created to copy copy-1.`,
    });
  });

  test.each([
    {
      name: 'no Database',
      source: null,
      told: { reason: 'AssetNotFound', obstructed: true },
      says: 'The Database zookeeper-source does not exist in namespace shop: ',
    },
    {
      name: 'a Database without a client',
      source: databaseView('zookeeper-source', { spec: {} }),
      told: { reason: 'ClientNotConfigured', obstructed: true },
      says: 'zookeeper-source',
    },
    {
      name: 'a Database that is not valid',
      source: databaseView('zookeeper-source', { spec: { zookeeper: { client: {} } } }),
      told: { reason: 'InvalidSpec', obstructed: true },
      says: 'zookeeper-source',
    },
    {
      name: 'a Secret that is not there',
      source: databaseView('zookeeper-source', {
        ready: { status: 'False', reason: 'SecretNotFound', message: 'No.' },
      }),
      told: { reason: 'SecretNotFound', obstructed: true },
      says: 'The Database zookeeper-source: No.',
    },
    {
      name: 'a Database that nobody has looked at',
      source: databaseView('zookeeper-source', { ready: null }),
      told: { reason: 'AssetPending', obstructed: false },
      says: 'zookeeper-source',
    },
  ])('what is in the way and whether somebody has to act: $name', ({ source, told, says }) => {
    const decision = decideFor({ source });
    expect(decision).toMatchObject({ action: 'Wait', requeueAfterMs: 60_000, ...told });
    expect((decision as { message: string }).message).toContain(says);
  });

  test('a Job that has ended is not held back, whatever it still bears', () => {
    const job = jobObject({
      annotations: { [ANNOTATIONS.held]: 'true' },
      spec: { suspend: true },
      status: jobEnd('Complete'),
    });
    const metadata = { ...marked, deletionTimestamp: '2026-03-28T00:09:00Z' };
    const pods = [endedPod(0, { report: report() })];
    expect(decide(started({ job, metadata, pods }), SETTINGS)).toMatchObject({
      ...{ action: 'Finish', reason: 'Verified' },
    });
  });

  test('an end is noted with its time, and with that of its deletion', () => {
    const expiring = { ...SPEC, ttlSecondsAfterFinished: 600 };
    const pods = [endedPod(0, { report: report() })];
    const finished = { action: 'Finish', requeueAfterMs: 600_000 };
    const at = (status: object) =>
      decide(
        started({ spec: expiring, pods, job: jobObject({ status: { ...status } }) }),
        SETTINGS,
      );
    expect(at(jobEnd('Complete'))).toMatchObject({
      ...{ ...finished, completionTime: '2026-03-28T00:05:00Z' },
    });
    expect(at({ ...jobEnd('Complete'), completionTime: undefined })).toMatchObject({
      completionTime: '2026-03-28T00:05:00Z',
    });
    const later = { ...jobEnd('Complete'), completionTime: '2026-03-28T00:04:00Z' };
    expect(at(later)).toMatchObject({ completionTime: '2026-03-28T00:04:00Z' });
    const refused = synchronizationObject({
      spec: expiring,
      metadata: { annotations: { [ANNOTATIONS.startedUid]: 'another' } },
    });
    expect(decideFor({ object: refused })).toMatchObject({ ...finished, reason: 'RestoredObject' });
  });

  test('a spec that is not valid any more expects its copy to be verified', () => {
    const job = jobObject({ status: jobEnd('Complete') });
    const pods = [endedPod(0, { report: report({ verified: false }) })];
    expect(decide(started({ spec: {}, job, pods }), SETTINGS)).toMatchObject({
      ...{ action: 'Finish', succeeded: false, reason: 'Incomplete' },
    });
  });

  test('a run that is settled anew keeps the time of its deletion', () => {
    const status = recordedStatus({ completionTime: '2026-03-28T00:05:00Z' });
    const spec = { ...SPEC, ttlSecondsAfterFinished: 600 };
    const job = jobObject({ status: jobEnd('Complete') });
    const edited = started({ status, spec, job, metadata: { ...marked, generation: 2 } });
    expect(decide(edited, SETTINGS)).toMatchObject({ action: 'Settle', requeueAfterMs: 300_000 });
  });
});
