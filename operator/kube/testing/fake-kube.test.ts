import { describe, expect, test } from '@jest/globals';
import { isAlreadyExists, isConflict, isInvalid, isNamespaceTerminating } from '../errors.ts';
import type { Manifest } from '../objects.ts';
import { ResourceClient } from '../resource-client.ts';
import { JOBS, PODS, SYNCHRONIZATIONS } from '../resources.ts';
import { FakeKube } from './fake-kube.ts';

const key = { namespace: 'ns', name: 'a' };

function manifest(more: Record<string, unknown> = {}, metadata: object = {}): Manifest {
  return {
    apiVersion: 'automation.astronetes.io/v1alpha1',
    kind: 'Synchronization',
    metadata: { ...key, ...metadata },
    ...more,
  };
}

function setUp() {
  const kube = new FakeKube();
  return { kube, client: new ResourceClient(kube, SYNCHRONIZATIONS) };
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('writes', () => {
  test('creating drops the status, and the default of the CRD takes its place', async () => {
    const { client } = setUp();
    const created = await client.create(manifest({ spec: { a: 1 }, status: { forged: true } }));
    expect(created.status).toEqual({ observedGeneration: -1 });
    expect(created.metadata.generation).toBe(1);
  });

  test('a taken name is AlreadyExists, an old resourceVersion a conflict', async () => {
    const { client } = setUp();
    const old = await client.create(manifest({ spec: { a: 1 } }));
    expect(isAlreadyExists(await rejection(client.create(manifest())))).toBe(true);
    await client.replace({ ...old, spec: { a: 2 } });
    expect(isConflict(await rejection(client.replace({ ...old, spec: { a: 3 } })))).toBe(true);
    const without = { ...old, metadata: key };
    expect(isInvalid(await rejection(client.replace(without)))).toBe(true);
  });

  test('the generation counts changes of the spec, not of status or labels', async () => {
    const { client } = setUp();
    const first = await client.create(manifest({ spec: { a: 1 } }));
    const withStatus = await client.replace(
      { ...first, status: { b: 1 } },
      { subresource: 'status' },
    );
    expect(withStatus).toMatchObject({
      spec: { a: 1 },
      status: { b: 1 },
      metadata: { generation: 1 },
    });
    const labelled = await client.patch(key, { metadata: { labels: { l: 'v' } } });
    expect(labelled.metadata).toMatchObject({ generation: 1, labels: { l: 'v' } });
    const changed = await client.patch(key, { spec: { a: 2 }, status: { b: 2 } });
    expect(changed).toMatchObject({ status: { b: 1 }, metadata: { generation: 2 } });
  });

  test('writing what is there already changes no resourceVersion', async () => {
    const { client } = setUp();
    const first = await client.create(manifest({ spec: { a: 1 } }));
    const again = await client.replace(first);
    expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test('a patch that names another uid or an old version is refused', async () => {
    const { client } = setUp();
    const first = await client.create(manifest());
    await client.patch(key, { metadata: { labels: { l: 'v' } } });
    const { resourceVersion } = first.metadata;
    expect(isConflict(await rejection(client.patch(key, { metadata: { resourceVersion } })))).toBe(
      true,
    );
    expect(isInvalid(await rejection(client.patch(key, { metadata: { uid: 'x' } })))).toBe(true);
  });

  test('deleting takes the children along, and minds the uid', async () => {
    const { kube, client } = setUp();
    const parent = await client.create(manifest());
    const { uid } = parent.metadata;
    const owner = { apiVersion: parent.apiVersion, kind: parent.kind, name: 'a', uid };
    const metadata = { namespace: 'ns', name: 'child', ownerReferences: [owner] };
    kube.put(JOBS, { metadata });
    expect(isConflict(await rejection(client.delete(key, { uid: 'other' })))).toBe(true);
    await client.delete(key, { uid });
    await client.delete(key, { uid });
    expect(kube.objects(JOBS)).toEqual([]);
    expect(await client.get(key)).toBeUndefined();
  });

  test('a namespace that is going away takes nothing new', async () => {
    const { kube, client } = setUp();
    kube.terminateNamespace('ns');
    expect(isNamespaceTerminating(await rejection(client.create(manifest())))).toBe(true);
  });

  test('generateName makes a name', async () => {
    const { client } = setUp();
    const named = { namespace: 'ns', generateName: 'sync-' };
    const created = await client.create({ ...manifest(), metadata: named });
    expect(created.metadata.name).toMatch(/^sync-.{5}$/);
  });
});

describe('reads', () => {
  test('lists select, come in pages and leave kind and apiVersion out', async () => {
    const { kube } = setUp();
    for (const name of ['a', 'b', 'c']) {
      kube.put(PODS, { metadata: { name, namespace: 'ns', labels: { l: name } } });
    }
    const pods = new ResourceClient(kube, PODS);
    const page = await pods.list({ limit: 2 });
    expect(page.items.map((pod) => pod.metadata.name)).toEqual(['a', 'b']);
    expect(page.items[0]).toMatchObject({ kind: 'Pod', apiVersion: 'v1' });
    const rest = await pods.list({ limit: 2, continue: page.continue });
    expect(rest.items.map((pod) => pod.metadata.name)).toEqual(['c']);
    const selected = await pods.list({ labelSelector: 'l!=a,l' });
    expect(selected.items).toHaveLength(2);
  });

  test('what was read is a copy', async () => {
    const { client } = setUp();
    await client.create(manifest({ spec: { list: [1] } }));
    const read = (await client.get(key)) as unknown as { spec: { list: number[] } };
    read.spec.list.push(2);
    expect((await client.get(key))?.spec).toEqual({ list: [1] });
  });
});

describe('faults', () => {
  test('a call can fail before or after it was done', async () => {
    const { kube, client } = setUp();
    kube.intercept = (_call, index) => (index === 0 ? { fail: 'before' } : { fail: 'after' });
    await expect(client.create(manifest())).rejects.toThrow('connection reset');
    expect(kube.objects(SYNCHRONIZATIONS)).toHaveLength(0);
    await expect(client.create(manifest())).rejects.toThrow('connection reset');
    expect(kube.objects(SYNCHRONIZATIONS)).toHaveLength(1);
    expect(kube.writes.map((call) => call.method)).toEqual(['POST', 'POST']);
  });

  test('a call that hangs ends with the signal', async () => {
    const { kube, client } = setUp();
    kube.intercept = () => ({ fail: 'hang' });
    const stop = new AbortController();
    const ended = rejection(client.get(key, stop.signal));
    await Promise.resolve();
    stop.abort(new Error('enough'));
    expect(await ended).toMatchObject({ message: 'enough' });
  });
});

test('another client may replace everything at once', () => {
  const { kube } = setUp();
  const metadata = { ...key, labels: { l: 'v' } };
  kube.put(SYNCHRONIZATIONS, { metadata, spec: { a: 1 }, status: { b: 1 } });
  const put = kube.put(SYNCHRONIZATIONS, { metadata, spec: { a: 2 }, status: { b: 2 } });
  expect(put).toMatchObject({ status: { b: 2 }, metadata: { generation: 2 } });
});
