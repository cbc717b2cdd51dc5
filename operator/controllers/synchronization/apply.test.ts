import { describe, expect, test } from '@jest/globals';
import { ANNOTATIONS } from '../../../api/labels.ts';
import type { Logger } from '../../../common/logger.ts';
import { KubeApiError } from '../../kube/errors.ts';
import { apply, type ApplyDependencies } from './apply.ts';
import type { Decision } from './decision.ts';
import { jobObject, snapshot, started } from './testing/builders.ts';

/** Everything that applying asks of the API server, in order; Jobs are refused with an error if there is one. */
function recorder(refusal?: Error) {
  const calls: unknown[] = [];
  const called =
    (name: string) =>
    (...args: unknown[]) => {
      calls.push([name, ...args.filter((arg) => !(arg instanceof AbortSignal)).slice(1)]);
      return Promise.resolve({});
    };
  const dependencies = {
    synchronizations: { writeStatus: called('writeStatus'), annotate: called('annotate') },
    jobs: {
      release: called('release'),
      patchBackoffLimit: called('patchBackoffLimit'),
      delete: called('delete'),
      create: () => Promise.reject(refusal ?? new Error('no Job was expected')),
    },
    pods: { delete: called('deletePod') },
    events: { record: called('record') },
  } as unknown as ApplyDependencies;
  return { calls, dependencies };
}

const silentLogger: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silentLogger,
};

const CONTEXT = {
  signal: new AbortController().signal,
  logger: silentLogger,
  yieldToWaiting: () => Promise.resolve(),
  term: {},
};

describe('what is done to the Job of a run', () => {
  test.each<{ action: 'ReleaseJob' | 'StopRetries' | 'EndJob'; calls: unknown[] }>([
    { action: 'ReleaseJob', calls: [['release', ANNOTATIONS.held]] },
    { action: 'StopRetries', calls: [['patchBackoffLimit', 0]] },
    { action: 'EndJob', calls: [['delete']] },
  ])('is one thing: $action', async ({ action, calls }) => {
    const found = recorder();
    await apply({ action }, started({ job: jobObject() }), CONTEXT, found.dependencies);
    expect(found.calls).toEqual(calls);
  });
});

describe('a Job that cannot be created', () => {
  const decision = { action: 'CreateJob', manifest: {} } as unknown as Decision;
  const error = (code: number) =>
    new KubeApiError({ code, reason: 'Refused', message: 'no', request: 'POST jobs' });

  test('for a fault of the server is tried again: nothing is said of the run', async () => {
    const found = recorder(error(500));
    await expect(apply(decision, snapshot(), CONTEXT, found.dependencies)).rejects.toThrow('no');
    expect(found.calls).toEqual([]);
  });

  test('for want of a right is told, and tried again later', async () => {
    const found = recorder(error(403));
    await apply(decision, snapshot(), CONTEXT, found.dependencies);
    expect(found.calls).toContainEqual([
      'writeStatus',
      expect.objectContaining({ observedGeneration: 1 }),
    ]);
  });
});
