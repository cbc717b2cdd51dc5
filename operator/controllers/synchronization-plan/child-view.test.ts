import { expect, test } from '@jest/globals';
import { parseKubeObject } from '../../kube/objects.ts';
import { readChild } from './child.ts';
import { CHILD_VIEW } from './child-view.ts';
import { childObject, iso, planObject } from './testing/builders.ts';

test.each(['Active', 'Succeeded', 'Failed'] as const)(
  'a child that is %s reads the same through the view, which is much smaller',
  (state) => {
    const child = childObject({ slot: '09:00', state, reason: 'Verified' });
    const status = child.status as { readonly conditions?: readonly object[] };
    const whole = parseKubeObject({
      ...child,
      metadata: { ...child.metadata, deletionTimestamp: iso('09:20') },
      spec: { plugin: 'zookeeper-to-zookeeper-nodes', config: { rootPath: '/long'.repeat(200) } },
      status: {
        ...status,
        startTime: iso('09:00'),
        completionTime: iso('09:05'),
        conditions: [...(status.conditions ?? []), { type: 'Ready', message: 'x'.repeat(500) }],
        result: {
          ...{ verified: true, dryRun: false, source: { zxid: '0x1', time: iso('09:01') } },
          skipped: [{ reason: 'Excluded', paths: ['/x'.repeat(500)] }],
        },
      },
    });
    const viewed = CHILD_VIEW.of(whole);

    const wanted = readChild(whole, planObject());
    expect(readChild(viewed, planObject())).toEqual({ ...wanted, object: viewed });
    expect(viewed.metadata).toEqual(whole.metadata);
    expect((viewed.status as typeof status).conditions ?? []).toEqual(status.conditions ?? []);
    expect(JSON.stringify(viewed).length).toBeLessThan(JSON.stringify(whole).length - 2000);
  },
);

test.each([
  { name: 'a dry run', result: { verified: true, dryRun: true } },
  { name: 'a run that verified nothing', result: { verified: false, dryRun: false } },
])('$name is no copy through the view either, whatever its condition says', ({ result }) => {
  const child = childObject({ slot: '09:00', state: 'Succeeded', reason: 'Verified' });
  const source = { zxid: '0x1', time: iso('09:01') };
  const status = { ...(child.status as object), result: { ...result, source } };
  const viewed = CHILD_VIEW.of(parseKubeObject({ ...child, status }));

  expect(readChild(viewed, planObject()).snapshotTime).toBeUndefined();
});

test('a child that has no status yet has none in the view', () => {
  const child = { ...childObject({ slot: '09:00', state: 'Active' }), status: undefined };
  expect(CHILD_VIEW.of(parseKubeObject(child)).status).toBeUndefined();
});
