import { describe, expect, test } from '@jest/globals';
import { CustomResourceStore } from './custom-resource-store.ts';
import { isAlreadyExists, isConflict, isInvalid, KubeReplyTooLargeError } from './errors.ts';
import { ApiJobStore } from './job-store.ts';
import { parseJob } from './job.ts';
import { controllerReference, type KubeObject, type Manifest } from './objects.ts';
import { ApiPodStore } from './pod-store.ts';
import { JOBS, PODS, SECRETS, SYNCHRONIZATIONS } from './resources.ts';
import { ApiSecretReader } from './secret-reader.ts';
import { FakeKube } from './testing/fake-kube.ts';

const key = { namespace: 'ns', name: 'a' };

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a store of custom resources', () => {
  function setUp() {
    const kube = new FakeKube();
    const object = kube.put(SYNCHRONIZATIONS, {
      metadata: { ...key, annotations: { old: '1' } },
      spec: { plugin: 'x' },
      status: { conditions: [{ type: 'Stalled' }], jobName: 'j' },
    });
    return { kube, object, store: new CustomResourceStore(kube, SYNCHRONIZATIONS) };
  }

  test('writes the status as a whole: what no longer holds disappears', async () => {
    const { kube, object, store } = setUp();
    const written = await store.writeStatus(object, { conditions: [], startTime: undefined });
    expect(written.status).toEqual({ conditions: [] });
    expect(kube.object(SYNCHRONIZATIONS, key)?.spec).toEqual({ plugin: 'x' });
    expect(kube.writes).toMatchObject([
      { method: 'PUT', path: expect.stringMatching(/\/synchronizations\/a\/status$/) as unknown },
    ]);
  });

  test('sends nothing where the status is that already', async () => {
    const { kube, object, store } = setUp();
    const same = { jobName: 'j', conditions: [{ type: 'Stalled' }], more: undefined };
    expect(await store.writeStatus(object, same)).toBe(object);
    expect(kube.calls).toEqual([]);
  });

  test('refuses a decision that was taken on an older object', async () => {
    const { kube, object, store } = setUp();
    kube.put(SYNCHRONIZATIONS, { metadata: key, spec: { plugin: 'y' } });
    expect(isConflict(await rejection(store.writeStatus(object, { done: true })))).toBe(true);
    expect(isConflict(await rejection(store.annotate(object, { a: 'b' })))).toBe(true);
  });

  test('takes an object that is gone for one that changed since it was read', async () => {
    const { kube, object, store } = setUp();
    kube.remove(SYNCHRONIZATIONS, key);
    expect(isConflict(await rejection(store.writeStatus(object, { done: true })))).toBe(true);
    expect(isConflict(await rejection(store.annotate(object, { a: 'b' })))).toBe(true);
  });

  test('annotates without touching what else is there, and null removes', async () => {
    const { kube, object, store } = setUp();
    const annotated = await store.annotate(object, { new: '2' });
    expect(annotated.metadata.annotations).toEqual({ old: '1', new: '2' });
    await store.annotate(annotated, { old: null });
    const stored = kube.object(SYNCHRONIZATIONS, key);
    expect(stored?.metadata.annotations).toEqual({ new: '2' });
    expect(stored?.spec).toEqual({ plugin: 'x' });
  });

  test('deletes exactly the object it was given', async () => {
    const { kube, object, store } = setUp();
    kube.remove(SYNCHRONIZATIONS, key);
    kube.put(SYNCHRONIZATIONS, { metadata: key });
    expect(isConflict(await rejection(store.delete(object)))).toBe(true);
    expect(kube.objects(SYNCHRONIZATIONS)).toHaveLength(1);
    await store.delete(kube.object(SYNCHRONIZATIONS, key) ?? object);
    await store.delete(object);
    expect(await store.get(key)).toBeUndefined();
  });

  test('lists objects so large that a page of them would be too much in smaller pages', async () => {
    const { kube, store } = setUp();
    for (let at = 0; at < 9; at++)
      kube.put(SYNCHRONIZATIONS, { metadata: { ...key, name: `n${at}` } });
    kube.intercept = ({ query }) =>
      Number(query['limit']) > 4
        ? { fail: 'before', error: new KubeReplyTooLargeError('GET', 1) }
        : undefined;
    expect(await store.list('ns')).toHaveLength(10);
  });

  test('creates, and says so when the name is taken', async () => {
    const { object, store } = setUp();
    const { apiVersion, kind } = object;
    const create = (name: string) =>
      store.create({ apiVersion, kind, metadata: { namespace: 'ns', name } });
    expect((await create('b')).metadata.name).toBe('b');
    expect(isAlreadyExists(await rejection(create('b')))).toBe(true);
  });
});

describe('a store of Jobs', () => {
  const manifest: Manifest = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: key,
    spec: { backoffLimit: 3 },
  };

  test('a name that is taken is an answer: the Job that is there', async () => {
    const store = new ApiJobStore(new FakeKube());
    const first = await store.create(manifest);
    const second = await store.create(manifest);
    expect(first.outcome).toBe('Created');
    expect(second.outcome).toBe('Exists');
    expect(second.job.metadata.uid).toBe(first.job.metadata.uid);
  });

  test('a reply that was lost leaves one Job, found by the next attempt', async () => {
    const kube = new FakeKube();
    const store = new ApiJobStore(kube);
    kube.intercept = (_call, index) => (index === 0 ? { fail: 'after' } : undefined);
    await expect(store.create(manifest)).rejects.toThrow('connection reset');
    expect((await store.create(manifest)).outcome).toBe('Exists');
    expect(kube.objects(JOBS)).toHaveLength(1);
  });

  test('one that is deleted while it is looked at makes the caller try again', async () => {
    const kube = new FakeKube();
    const store = new ApiJobStore(kube);
    await store.create(manifest);
    kube.intercept = (call) => {
      if (call.method === 'GET') kube.remove(JOBS, key);
      return undefined;
    };
    await expect(store.create(manifest)).rejects.toThrow('was deleted while it was looked at');
  });

  test('the retries of exactly one Job are stopped', async () => {
    const store = new ApiJobStore(new FakeKube());
    const { job } = await store.create(manifest);
    expect(parseJob(await store.patchBackoffLimit(job, 0)).backoffLimit).toBe(0);
    const other = { ...job, metadata: { ...job.metadata, uid: 'another' } };
    expect(isInvalid(await rejection(store.patchBackoffLimit(other, 1)))).toBe(true);
    await store.delete(job);
    expect(await store.get(key)).toBeUndefined();
  });
});

describe('a store of pods', () => {
  function setUp() {
    const kube = new FakeKube();
    const job = kube.put(JOBS, { metadata: key });
    const pod = (name: string, owner: KubeObject | undefined, created: string) =>
      kube.put(PODS, {
        metadata: {
          name,
          namespace: 'ns',
          labels: { 'job-name': 'a' },
          creationTimestamp: created,
          ownerReferences: owner === undefined ? [] : [controllerReference(owner)],
        },
      });
    return { kube, job, pod, reader: new ApiPodStore(kube) };
  }

  test('lists the pods of a Job and no one else’s', async () => {
    const { job, pod, reader } = setUp();
    pod('mine', job, '2026-01-01T00:00:00Z');
    pod('stranger', undefined, '2026-01-01T00:00:00Z');
    const former = { ...job, metadata: { ...job.metadata, uid: 'former' } };
    pod('of-a-former-job', former, '2026-01-01T00:00:00Z');
    expect((await reader.listForJob(job)).map((each) => each.metadata.name)).toEqual(['mine']);
  });

  test('deletes exactly the pod it was given', async () => {
    const { kube, job, pod, reader } = setUp();
    pod('p', job, '2026-01-01T00:00:00Z');
    const [found] = await reader.listForJob(job);
    const other = { ...found!, metadata: { ...found!.metadata, uid: 'another' } };

    expect(isConflict(await rejection(reader.delete(other)))).toBe(true);
    await reader.delete(found!);
    await reader.delete(found!);
    expect(kube.objects(PODS)).toEqual([]);
  });

  test('reads the end of a log, and nothing where there is none', async () => {
    const { kube, job, pod, reader } = setUp();
    pod('p', job, '2026-01-01T00:00:00Z');
    const podKey = { namespace: 'ns', name: 'p' };
    kube.setPodLog(podKey, 'one\ntwo\nthree\n');
    const tail = { container: 'worker', tailLines: 2, limitBytes: 1000 };
    expect(await reader.tailLog(podKey, tail)).toBe('two\nthree');
    expect(kube.calls.at(-1)?.query).toEqual(tail);
    expect(await reader.tailLog({ namespace: 'ns', name: 'gone' }, tail)).toBe('');
  });
});

test('a Secret is read as bytes, with nothing added or taken away', async () => {
  const kube = new FakeKube();
  const data = { user: Buffer.from('scott').toString('base64'), raw: '/wAK', odd: 7 };
  kube.put(SECRETS, { metadata: key, data });
  const reader = new ApiSecretReader(kube);
  const secret = await reader.get(key);
  expect([...(secret?.data.keys() ?? [])]).toEqual(['user', 'raw']);
  expect(secret?.data.get('user')?.toString()).toBe('scott');
  expect([...(secret?.data.get('raw') ?? [])]).toEqual([255, 0, 10]);
  expect(await reader.get({ namespace: 'ns', name: 'none' })).toBeUndefined();
});
