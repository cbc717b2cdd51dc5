import { expect, test } from '@jest/globals';
import { parseKubeObject, type KubeObject } from '../kube/objects.ts';
import { ObjectCache, type CacheChange } from './object-cache.ts';

function pod(name: string, version: number, more: { namespace?: string; uid?: string } = {}) {
  const { namespace = 'ns', uid = `uid-${name}` } = more;
  return parseKubeObject({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, uid, resourceVersion: String(version), labels: { v: 'x' } },
  });
}

function setUp() {
  const cache = new ObjectCache();
  const changes: CacheChange[] = [];
  cache.subscribe((change) => changes.push(change));
  const told = () => changes.splice(0).map(({ type, object }) => `${type} ${object.metadata.name}`);
  return { cache, told };
}

test('a list tells what is new, changed and gone, and nothing of what is the same', () => {
  const { cache, told } = setUp();
  cache.replace([pod('same', 1), pod('changed', 1), pod('gone', 1)]);
  expect(told()).toEqual(['Added same', 'Added changed', 'Added gone']);
  cache.replace([pod('same', 1), pod('changed', 2), pod('new', 3)]);
  expect(told()).toEqual(['Deleted gone', 'Updated changed', 'Added new']);
  expect(cache.size).toBe(3);
});

test('the list of one namespace leaves the others alone', () => {
  const { cache, told } = setUp();
  cache.replace([pod('a', 1, { namespace: 'one' })], 'one');
  cache.replace([pod('b', 1, { namespace: 'two' })], 'two');
  told();
  cache.replace([], 'one');
  expect(told()).toEqual(['Deleted a']);
  expect(cache.list('two').map((object) => object.metadata.name)).toEqual(['b']);
});

test('an object of the same name but another uid is an end and a beginning', () => {
  const { cache, told } = setUp();
  cache.upsert(pod('a', 1, { uid: 'first' }));
  told();
  cache.upsert(pod('a', 2, { uid: 'second' }));
  expect(told()).toEqual(['Deleted a', 'Added a']);
});

test('an event that repeats what is known, or deletes what is not there, tells nothing', () => {
  const { cache, told } = setUp();
  cache.upsert(pod('a', 1));
  told();
  cache.upsert(pod('a', 1));
  cache.remove(pod('b', 1));
  expect(told()).toEqual([]);
});

test('an update carries the state before it', () => {
  const cache = new ObjectCache();
  cache.upsert(pod('a', 1));
  const changes: CacheChange[] = [];
  const unsubscribe = cache.subscribe((change) => changes.push(change));
  cache.upsert(pod('a', 2));
  unsubscribe();
  cache.upsert(pod('a', 3));
  expect(changes).toHaveLength(1);
  expect(changes[0]?.previous?.metadata.resourceVersion).toBe('1');
});

test('what is read cannot be changed', () => {
  const { cache } = setUp();
  cache.upsert(pod('a', 1));
  const object = cache.get({ namespace: 'ns', name: 'a' }) as KubeObject & {
    metadata: { labels: Record<string, string> };
  };
  expect(() => {
    object.metadata.labels['v'] = 'y';
  }).toThrow(TypeError);
  expect(cache.get({ namespace: 'ns', name: 'b' })).toBeUndefined();
});
