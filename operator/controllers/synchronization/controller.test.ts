import { describe, expect, test } from '@jest/globals';
import { ANNOTATIONS } from '../../../api/labels.ts';
import { KubeApiError } from '../../kube/errors.ts';
import { isJsonObject } from '../../kube/json-fields.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { DATABASES, JOBS, SYNCHRONIZATIONS } from '../../kube/resources.ts';
import type { FakeKube } from '../../kube/testing/fake-kube.ts';
import { ownerOfJob, synchronizationOfPod, waitingFor } from './controller.ts';
import {
  databaseObject,
  jobObject,
  NAME,
  NAMESPACE,
  recordedStatus,
  SPEC,
  synchronizationObject,
} from './testing/builders.ts';
import { KEY, Simulation } from './testing/simulation.ts';

/** Answers the creation of Jobs with an error until told otherwise. */
function refuseJobs(kube: FakeKube, code: number, message: string): { stop: () => void } {
  const request = kube.request.bind(kube);
  kube.request = (call) =>
    call.method === 'POST' && call.path.endsWith('/jobs')
      ? Promise.reject(new KubeApiError({ code, reason: 'Refused', message, request: 'POST jobs' }))
      : request(call);
  return {
    stop: () => {
      kube.request = request;
    },
  };
}

function condition(object: KubeObject | undefined, type: string): unknown {
  const status = isJsonObject(object?.status) ? object.status : {};
  const conditions = (status['conditions'] ?? []) as { readonly type: string }[];
  return conditions.find((each) => each.type === type);
}

describe('the reconcile of Synchronizations', () => {
  test('starts by itself once what it waited for is there', async () => {
    const simulation = new Simulation();
    simulation.kube.remove(DATABASES, { namespace: NAMESPACE, name: 'zookeeper-source' });
    await simulation.reconcile();
    expect(condition(simulation.synchronization, 'Succeeded')).toMatchObject({
      status: 'Unknown',
      reason: 'AssetNotFound',
    });

    simulation.kube.put(DATABASES, { ...databaseObject('zookeeper-source') });
    await simulation.settle();

    expect(condition(simulation.synchronization, 'Succeeded')).toMatchObject({ status: 'True' });
  });

  test('looks again by itself for a worker that Kubernetes has not started yet', async () => {
    const simulation = new Simulation();
    expect((await simulation.reconcile()).requeueAfterMs).toBe(5_000);
    expect(condition(simulation.synchronization, 'Succeeded')).toMatchObject({
      reason: 'WorkerPending',
    });
  });

  test('does not start with a Database in a state that nobody has judged', async () => {
    const simulation = new Simulation();
    const source = simulation.kube.object(DATABASES, {
      namespace: NAMESPACE,
      name: 'zookeeper-source',
    });
    const servers = ['somewhere-else:2181'];
    simulation.kube.put(DATABASES, { ...source, spec: { zookeeper: { client: { servers } } } });

    await simulation.reconcile();

    expect(simulation.jobs).toHaveLength(0);
    expect(condition(simulation.synchronization, 'Succeeded')).toMatchObject({
      reason: 'AssetPending',
    });
  });

  test('ends where the API server will never have the Job, in its words', async () => {
    const simulation = new Simulation();
    refuseJobs(simulation.kube, 422, 'spec.template.spec.affinity: Required value');

    await simulation.settle();

    expect(condition(simulation.synchronization, 'Succeeded')).toMatchObject({
      status: 'False',
      reason: 'InvalidSpec',
      message: 'The API server refuses the Job: spec.template.spec.affinity: Required value',
    });
  });

  test('waits where it will not have it now, and goes on when it will', async () => {
    const simulation = new Simulation();
    const refusing = refuseJobs(simulation.kube, 403, 'exceeded quota: jobs=0');
    await simulation.reconcile();
    expect(condition(simulation.synchronization, 'Succeeded')).toMatchObject({
      status: 'Unknown',
      reason: 'Pending',
      message: 'The Job cannot be created yet: exceeded quota: jobs=0',
    });

    refusing.stop();
    await simulation.settle();

    expect(condition(simulation.synchronization, 'Succeeded')).toMatchObject({ status: 'True' });
  });

  test('waits as well where a webhook that must be asked does not answer', async () => {
    const simulation = new Simulation();
    const refusing = refuseJobs(simulation.kube, 500, 'failed calling webhook "policy.example"');
    await simulation.reconcile();
    expect(condition(simulation.synchronization, 'Succeeded')).toMatchObject({
      status: 'Unknown',
      reason: 'Pending',
      message: 'The Job cannot be created yet: failed calling webhook "policy.example"',
    });

    refusing.stop();
    await simulation.settle();

    expect(condition(simulation.synchronization, 'Succeeded')).toMatchObject({ status: 'True' });
  });

  test('leaves a namespace alone that is going away', async () => {
    const simulation = new Simulation();
    simulation.kube.terminateNamespace(NAMESPACE);

    await simulation.reconcile();

    expect(simulation.jobs).toHaveLength(0);
    expect(condition(simulation.synchronization, 'Succeeded')).toBeUndefined();
  });

  test('deletes itself and its Job when its time after the end is over', async () => {
    const simulation = new Simulation({ spec: { ...SPEC, ttlSecondsAfterFinished: 60 } });
    await simulation.settle();
    expect(simulation.synchronization).toBeDefined();

    simulation.clock.jumpTo(new Date('2026-01-01T00:10:00Z'));
    await simulation.reconcile();

    expect(simulation.synchronization).toBeUndefined();
    expect(simulation.jobs).toHaveLength(0);
  });

  test('does not run a copy restored from a backup', async () => {
    const simulation = new Simulation();
    await simulation.settle();
    const backup = simulation.synchronization;
    const annotations = backup?.metadata.annotations;
    simulation.kube.remove(SYNCHRONIZATIONS, KEY);
    simulation.kube.put(SYNCHRONIZATIONS, {
      metadata: { ...KEY, annotations },
      spec: backup?.spec,
      status: { observedGeneration: -1 },
    });

    await simulation.settle();

    expect(simulation.workers.started).toHaveLength(1);
    expect(condition(simulation.synchronization, 'Stalled')).toMatchObject({
      reason: 'RestoredObject',
    });
  });

  test('does nothing about an object that is gone', async () => {
    const simulation = new Simulation();
    simulation.kube.remove(SYNCHRONIZATIONS, KEY);

    await simulation.reconcile();

    expect(simulation.kube.writes).toHaveLength(0);
  });

  test('writes nothing about one that has ended', async () => {
    const simulation = new Simulation();
    await simulation.settle();
    const writes = simulation.kube.writes.length;

    await simulation.reconcile();

    expect(simulation.kube.writes).toHaveLength(writes);
  });

  test('lets its Job go with it', async () => {
    const simulation = new Simulation();
    await simulation.reconcile();
    simulation.kube.remove(SYNCHRONIZATIONS, KEY);

    expect(simulation.kube.objects(JOBS)).toHaveLength(0);
  });
});

describe('what makes the controller look', () => {
  test('a Job, by its owner', () => {
    expect(ownerOfJob(jobObject())).toEqual([KEY]);
    expect(
      ownerOfJob({ ...jobObject(), metadata: { ...jobObject().metadata, ownerReferences: [] } }),
    ).toEqual([]);
  });

  test('a pod, by its annotation', () => {
    const annotations = { [ANNOTATIONS.synchronizationName]: NAME };
    const object = synchronizationObject({ metadata: { annotations } });

    expect(synchronizationOfPod(object)).toEqual([KEY]);
    expect(synchronizationOfPod(synchronizationObject())).toEqual([]);
  });

  test.each([
    { name: 'one that waits', status: { observedGeneration: 1 }, keys: [KEY] },
    { name: 'not one that has its Job', status: recordedStatus(), keys: [] },
    {
      name: 'not one that has ended',
      status: { observedGeneration: 1, completionTime: '2026-01-01T00:00:00Z' },
      keys: [],
    },
  ])('a Database, for $name', ({ status, keys }) => {
    const cache = { get: () => undefined, list: () => [synchronizationObject({ status })] };

    expect(waitingFor(cache)(databaseObject('zookeeper-source'))).toEqual(keys);
    expect(waitingFor(cache)(databaseObject('zookeeper-destination'))).toEqual(keys);
    expect(waitingFor(cache)(databaseObject('another'))).toEqual([]);
  });
});

test('a look that leads to no end is given up, and tried again later', async () => {
  const simulation = new Simulation();
  const { kube } = simulation;
  const request = kube.request.bind(kube);
  // A server that says yes to the note of the start, and does not keep it.
  let notes = 0;
  kube.request = (call) => {
    const isNote = JSON.stringify(call.body ?? '').includes(ANNOTATIONS.startedUid);
    if (call.method !== 'PATCH' || !isNote) return request(call);
    notes += 1;
    const { synchronization } = simulation;
    return notes > 20 ? Promise.reject(new Error('enough')) : Promise.resolve(synchronization);
  };
  await expect(simulation.reconcile()).rejects.toThrow(/^no end after \d+ steps$/);
});

test('a run that has begun asks the server for no rivals: nothing holds it up any more', async () => {
  const simulation = new Simulation();
  const { kube } = simulation;
  const spec = {
    zookeeper: { client: { servers: ['a:1'] } },
    maxConcurrentSynchronizations: 1,
  };
  kube.put(DATABASES, { ...databaseObject('zookeeper-destination', { spec }) });
  await simulation.reconcile();
  const before = kube.calls.length;
  simulation.workers.step();
  await simulation.reconcile();
  const lists = kube.calls.slice(before).filter(({ path }) => path.endsWith('/synchronizations'));
  expect(lists).toEqual([]);
});
