import { expect, test } from '@jest/globals';
import { FakeClock } from '../../testing/fake-clock.ts';
import { CustomResourceStore } from './custom-resource-store.ts';
import type { KubeObject } from './objects.ts';
import { SYNCHRONIZATION_PLANS } from './resources.ts';
import { FakeKube } from './testing/fake-kube.ts';
import { TrackingStatusStore } from './tracking-status-store.ts';

const KEY = { namespace: 'ns', name: 'plan' };

function setUp() {
  const kube = new FakeKube({ clock: new FakeClock(new Date('2026-03-28T00:00:00Z')) });
  kube.put(SYNCHRONIZATION_PLANS, { metadata: { ...KEY }, spec: {}, status: {} });
  const store = new TrackingStatusStore(new CustomResourceStore(kube, SYNCHRONIZATION_PLANS));
  const object = (): KubeObject => {
    const found = kube.object(SYNCHRONIZATION_PLANS, KEY);
    if (found === undefined) throw new Error('it is gone');
    return found;
  };
  return { kube, store, object };
}

test('an object that was never read or written is not known to be current', () => {
  const { store, object } = setUp();
  expect(store.isCurrent(object())).toBe(false);
});

test('an object is current as it was read, and as it was written, and not as before', async () => {
  const { store, object } = setUp();
  await store.get(KEY);
  const before = object();
  expect(store.isCurrent(before)).toBe(true);
  await store.writeStatus(before, { message: 'new' });
  expect(store.isCurrent(before)).toBe(false);
  expect(store.isCurrent(object())).toBe(true);
});

test('an object is not current any more when somebody else changed it', async () => {
  const { kube, store, object } = setUp();
  await store.get(KEY);
  kube.put(SYNCHRONIZATION_PLANS, { ...object(), spec: { schedule: '* * * * *' } });
  expect(store.isCurrent(object())).toBe(false);
});

test('an object is current as it was annotated', async () => {
  const { store, object } = setUp();
  await store.get(KEY);
  const before = object();
  const { metadata } = await store.annotate(before, { note: 'new' });
  expect(metadata.annotations).toEqual({ note: 'new' });
  expect(store.isCurrent(before)).toBe(false);
  expect(store.isCurrent(object())).toBe(true);
});

test.each(
  (['writeStatus', 'annotate'] as const).flatMap((write) =>
    (['before', 'after'] as const).map((fail) => ({ write, fail })),
  ),
)('nothing is known once $write failed $fail it was carried out', async ({ write, fail }) => {
  const { kube, store, object } = setUp();
  await store.get(KEY);
  const before = object();
  kube.intercept = () => ({ fail });
  await expect(store[write](before, { message: 'new' })).rejects.toThrow();
  expect(store.isCurrent(before)).toBe(false);
  expect(store.isCurrent(object())).toBe(false);
});

test('a status that is there already is not sent, and tells nothing of the version', async () => {
  const { store, object } = setUp();
  await store.get(KEY);
  const stale = object();
  const newest = await store.writeStatus(stale, { message: 'new' });
  await store.writeStatus(stale, stale.status as Record<string, unknown>);
  expect(store.isCurrent(stale)).toBe(false);
  expect(store.isCurrent(newest)).toBe(true);
});

test('an object that is gone is forgotten, and all of them when asked for', async () => {
  const { kube, store, object } = setUp();
  const first = object();
  await store.get(KEY);
  kube.remove(SYNCHRONIZATION_PLANS, KEY);
  await store.get(KEY);
  expect(store.isCurrent(first)).toBe(false);
  kube.put(SYNCHRONIZATION_PLANS, { metadata: { ...KEY }, spec: {}, status: {} });
  await store.get(KEY);
  store.forget();
  expect(store.isCurrent(object())).toBe(false);
});
