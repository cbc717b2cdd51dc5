import { expect, test } from '@jest/globals';
import { ObjectCache } from '../../runtime/object-cache.ts';
import { ChildIndex } from './child-index.ts';
import { childObject, NAMESPACE, PLAN } from './testing/builders.ts';

const KEY = { namespace: NAMESPACE, name: PLAN };

function indexed() {
  const cache = new ObjectCache();
  const index = (): ChildIndex =>
    new ChildIndex({ cache, onChange: (listener) => cache.subscribe(listener) });
  const names = (of: ChildIndex): readonly string[] =>
    of.childrenOf(KEY).map((child) => child.metadata.name);
  return { cache, index, names };
}

test('GetJobsToBeReconciled: what names the plan as its controller, labels or not, and nothing else', () => {
  const { cache, index, names } = indexed();
  const owner = { name: PLAN, uid: 'u', apiVersion: 'automation.astronetes.io/v1alpha1' };
  const metadata = (ownerReferences: object[]) => ({ metadata: { ownerReferences } });
  cache.upsert(childObject({ name: 'ours' }));
  cache.upsert(childObject({ name: 'ours-not-relabelled', metadata: { labels: {} } }));
  cache.upsert(childObject({ name: 'orphan', ...metadata([]) }));
  const plan = { ...owner, kind: 'SynchronizationPlan' };
  cache.upsert(childObject({ name: 'not-controlled', ...metadata([plan]) }));
  const other = { ...plan, name: 'another', controller: true };
  cache.upsert(childObject({ name: 'of-another', ...metadata([other]) }));
  const cronJob = { ...owner, kind: 'CronJob', apiVersion: 'batch/v1', controller: true };
  cache.upsert(childObject({ name: 'of-another-kind', ...metadata([cronJob]) }));

  expect(names(index())).toEqual(['ours', 'ours-not-relabelled']);
});

test('follows changes of children and of their owner', () => {
  const { cache, index, names } = indexed();
  const followed = index();
  const child = childObject({ name: 'ours' });
  cache.upsert(child);
  const ended = childObject({ name: 'ours', state: 'Failed', metadata: { resourceVersion: '10' } });
  cache.upsert(ended);
  expect(followed.childrenOf(KEY)).toEqual([ended]);

  const orphaned = { resourceVersion: '11', ownerReferences: [] };
  cache.upsert(childObject({ name: 'ours', metadata: orphaned }));
  expect(names(followed)).toEqual([]);

  cache.upsert(childObject({ name: 'second' }));
  cache.remove(childObject({ name: 'second' }));
  expect(names(followed)).toEqual([]);
});

test('a child that goes leaves the others', () => {
  const { cache, index, names } = indexed();
  const followed = index();
  for (const name of ['one', 'two']) cache.upsert(childObject({ name }));
  cache.upsert(
    childObject({ name: 'one', metadata: { resourceVersion: '10', ownerReferences: [] } }),
  );
  expect(names(followed)).toEqual(['two']);
});
