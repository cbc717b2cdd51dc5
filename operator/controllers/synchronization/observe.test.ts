import { describe, expect, test } from '@jest/globals';
import { ANNOTATIONS } from '../../../api/labels.ts';
import type { Logger } from '../../../common/logger.ts';
import { FakeClock } from '../../../testing/fake-clock.ts';
import type { KubeObject, ObjectKey } from '../../kube/objects.ts';
import type { Pod } from '../../kube/pod.ts';
import type { LogTail } from '../../kube/pod-store.ts';
import { observe } from './observe.ts';
import type { Snapshot } from './snapshot.ts';
import {
  databaseObject,
  endedPod,
  jobEnd,
  JOB_NAME,
  jobObject,
  NAME,
  NAMESPACE,
  pod,
  recordedStatus,
  synchronizationObject,
  UID,
} from './testing/builders.ts';

const KEY = { namespace: NAMESPACE, name: NAME };
const LINE = '{"progress":{"phase":"compare","done":5,"total":10}}\n';

const silent: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silent,
};

interface World {
  readonly object?: KubeObject;
  /** As the cache of the watch has it; nothing by default. */
  readonly cached?: KubeObject;
  readonly job?: KubeObject;
  readonly cachedJob?: KubeObject;
  readonly cachedJobs?: (name: string) => KubeObject | undefined;
  readonly pods?: readonly Pod[];
  readonly log?: () => string;
  readonly complain?: () => { readonly reason: string; readonly message: string };
  readonly signal?: AbortSignal;
}

/** What is seen of a world, and what was asked for that, in order. */
async function look(world: World): Promise<{ seen: Snapshot | undefined; asked: unknown[] }> {
  const asked: unknown[] = [];
  const said = <T>(word: unknown, value: T): Promise<T> => {
    asked.push(word);
    return Promise.resolve(value);
  };
  const named = (kind: string, { name }: ObjectKey): string => `${kind} ${name}`;
  const context = {
    signal: world.signal ?? new AbortController().signal,
    logger: silent,
    yieldToWaiting: () => Promise.resolve(),
    term: {},
  };
  const seen = await observe(KEY, context, {
    cache: { get: () => world.cached, list: () => [] },
    synchronizations: { get: (key) => said(named('synchronization', key), world.object) },
    databases: { get: (key) => said(named('database', key), databaseObject(key.name)) },
    jobs: { get: (key) => said(named('job', key), world.job) },
    jobCache: { get: ({ name }) => world.cachedJobs?.(name) ?? world.cachedJob },
    pods: {
      listForJob: () => said('pods', world.pods ?? []),
      tailLog: async ({ name }: ObjectKey, tail: LogTail) => {
        await said({ log: name, tail }, null);
        return world.log?.() ?? LINE;
      },
    },
    complaints: {
      latestWarning: async ({ name, uid }) => {
        await said(`complaints ${name} ${uid}`, null);
        return world.complain?.();
      },
    },
    clock: new FakeClock(),
  });
  return { seen, asked };
}

const running = pod({ name: 'runs', phase: 'Running', state: { running: {} } });
const marked = { annotations: { [ANNOTATIONS.startedUid]: UID } };
const started = synchronizationObject({ metadata: marked, status: recordedStatus() });
const endedStatus = recordedStatus({ completionTime: '2026-03-28T00:05:00Z' });
const ended = synchronizationObject({ metadata: marked, status: endedStatus });
const endedJob = jobObject({ status: jobEnd('Complete') });

describe('what is looked at', () => {
  test('of one that may have to start: itself and its Databases on the server, not in a cache', async () => {
    const object = synchronizationObject();
    const { seen, asked } = await look({ object, cached: object });
    expect(asked).toEqual([
      ...['synchronization copy-1', `job ${JOB_NAME}`],
      ...['database zookeeper-source', 'database zookeeper-destination'],
    ]);
    expect(seen).toMatchObject({ object, job: undefined, pods: [], complaint: undefined });
    expect(seen?.source?.spec.ok).toBe(true);
    expect(seen?.destination?.spec.ok).toBe(true);
  });

  test('of one whose spec is not valid: no Database', async () => {
    const { seen, asked } = await look({ object: synchronizationObject({ spec: {} }) });
    expect(asked).toEqual(['synchronization copy-1', `job ${JOB_NAME}`]);
    expect(seen?.source).toBeUndefined();
  });

  test('of one whose name another Job has: that Job, none of its pods, and the Databases', async () => {
    const job = jobObject({ ownerUid: 'somebody-else' });
    const { seen, asked } = await look({ object: synchronizationObject(), job });
    expect(asked).toContain('database zookeeper-source');
    expect(asked).not.toContain('pods');
    expect(seen?.job?.controllerUid).toBe('somebody-else');
  });

  test('of one that has begun: its Job, by the name it was noted under, and no Database', async () => {
    const object = synchronizationObject({ status: recordedStatus({ jobName: 'noted' }) });
    const { asked } = await look({ object });
    expect(asked).toEqual(['synchronization copy-1', 'job noted']);
  });

  test('of a Job of its own that was not noted yet: no Database, which may be gone', async () => {
    const { seen, asked } = await look({ object: synchronizationObject(), job: jobObject() });
    expect(asked).not.toContain('database zookeeper-source');
    expect(seen?.jobObject?.metadata.name).toBe(JOB_NAME);
  });

  test('of one that runs: the end of its worker’s log', async () => {
    const pods = [endedPod(40, { name: 'was' }), running, pod({ name: 'other', state: {} })];
    const { seen, asked } = await look({ object: started, job: jobObject(), pods });
    expect(asked).toEqual([
      ...['synchronization copy-1', `job ${JOB_NAME}`, 'pods'],
      { log: 'runs', tail: { container: 'worker', tailLines: 50, limitBytes: 65_536 } },
    ]);
    expect(seen).toMatchObject({ pods, progress: { phase: 'compare', done: 5, total: 10 } });
    expect(seen?.complaint).toBeUndefined();
  });

  test('of one that does not run yet: what is complained of about its pod', async () => {
    const sidecar = { proxy: { running: {} } };
    const late = pod({ name: 'late', state: { waiting: {} }, others: sidecar });
    const complaint = { reason: 'FailedMount', message: 'no' };
    const pods = [late, endedPod(40, { name: 'was' })];
    const world = { object: started, job: jobObject(), pods, complain: () => complaint };
    const { seen, asked } = await look(world);
    expect(asked.at(-1)).toBe('complaints late uid-of-late');
    expect(seen).toMatchObject({ complaint, progress: undefined });
  });

  test('of one without a pod: what is complained of about its Job', async () => {
    const { asked } = await look({ object: started, job: jobObject() });
    expect(asked.at(-1)).toBe(`complaints ${JOB_NAME} ${jobObject().metadata.uid}`);
  });

  test.each([
    { name: 'has ended', job: endedJob },
    { name: 'is held back', job: jobObject({ spec: { suspend: true } }) },
  ])('of a Job that $name: its pods, and no log', async ({ job }) => {
    const { seen, asked } = await look({ object: started, job, pods: [running] });
    expect(asked).toEqual(['synchronization copy-1', `job ${JOB_NAME}`, 'pods']);
    expect(seen?.pods).toEqual([running]);
  });

  test('of one that has ended and was judged: nothing but the cache', async () => {
    const { seen, asked } = await look({ cached: ended, cachedJob: endedJob });
    expect(asked).toEqual([]);
    expect(seen).toMatchObject({ object: ended, job: undefined });
  });

  test('of one that has ended while its Job goes on: that Job, and no pod', async () => {
    const { seen, asked } = await look({ cached: ended, cachedJob: jobObject(), job: jobObject() });
    expect(asked).toEqual([`job ${JOB_NAME}`]);
    expect(seen?.job?.controllerUid).toBe(UID);
  });

  test('of one that has ended and was edited since: itself and its Job', async () => {
    const metadata = { ...marked, generation: 2 };
    const object = synchronizationObject({ metadata, status: endedStatus });
    const { asked } = await look({ object, cached: object, cachedJob: endedJob, job: endedJob });
    expect(asked).toEqual(['synchronization copy-1', `job ${JOB_NAME}`]);
  });

  test('nothing of one that is gone', async () => {
    const { seen, asked } = await look({});
    expect(seen).toBeUndefined();
    expect(asked).toEqual(['synchronization copy-1']);
  });
});

describe('what cannot be read of a worker', () => {
  const fail = (): never => {
    throw new Error('no right');
  };
  const aborted = AbortSignal.abort(new Error('it is time to go'));

  test('is no failure: its log', async () => {
    const world = { object: started, job: jobObject(), pods: [running], log: fail };
    expect((await look(world)).seen?.progress).toBeUndefined();
    await expect(look({ ...world, signal: aborted })).rejects.toThrow('no right');
  });

  test('is no failure: what is complained of', async () => {
    const world = { object: started, job: jobObject(), complain: fail };
    expect((await look(world)).seen?.complaint).toBeUndefined();
    await expect(look({ ...world, signal: aborted })).rejects.toThrow('no right');
  });

  test('is no progress: a log without any', async () => {
    const world = { object: started, job: jobObject(), pods: [running], log: () => 'Killed' };
    expect((await look(world)).seen?.progress).toBeUndefined();
  });
});

test('the log is that of the pod whose worker runs, whatever else runs or has ended in it', async () => {
  const others = { once: { terminated: { exitCode: 0 } } };
  const busy = pod({ name: 'busy', phase: 'Running', state: { running: {} }, others });
  const { asked } = await look({ object: started, job: jobObject(), pods: [busy] });
  expect(asked.at(-1)).toMatchObject({ log: 'busy' });
});

test('of one that has ended the Job is looked at by the name it was noted under', async () => {
  const status = { ...endedStatus, jobName: 'noted' };
  const noted = synchronizationObject({ metadata: marked, status });
  const askedOfCache: string[] = [];
  const { asked } = await look({
    cached: noted,
    cachedJobs: (name) => {
      askedOfCache.push(name);
      return jobObject();
    },
  });
  expect(askedOfCache).toEqual(['noted']);
  expect(asked).toEqual(['job noted']);
});
