import { expect, test } from '@jest/globals';
import { parseKubeObject } from '../../kube/objects.ts';
import { ANNOTATIONS } from '../../../api/labels.ts';
import { slotName } from '../../../api/names.ts';
import { planOf, readChild } from './child.ts';
import {
  at,
  childObject,
  iso,
  PLAN,
  PLAN_UID,
  planObject,
  type ChildInput,
} from './testing/builders.ts';

const source = { zxid: '0x1', time: iso('09:01') };

test.each([
  {
    name: 'a verified run',
    reason: 'Verified',
    result: { verified: true, dryRun: false },
    is: true,
  },
  { name: 'a dry run', reason: 'DryRun', result: { verified: true, dryRun: true }, is: false },
  {
    name: 'what says so, but',
    reason: 'DryRun',
    result: { verified: true, dryRun: false },
    is: false,
  },
  {
    name: 'a dry run after all',
    reason: 'Verified',
    result: { verified: true, dryRun: true },
    is: false,
  },
  { name: 'unverified', reason: 'Verified', result: { verified: false, dryRun: false }, is: false },
])('$name ($reason, $result) is a copy: $is', ({ reason, result, is }) => {
  const ended = childObject({ slot: '09:00', state: 'Succeeded', reason });
  const status = { ...(ended.status as object), result: { ...result, source } };

  const { snapshotTime } = readChild(parseKubeObject({ ...ended, status }), planObject());

  expect(snapshotTime).toEqual(is ? at('09:01') : undefined);
});

const TEN = at('10:00');
const nameAtTen = slotName(PLAN, TEN);
const note = (time: string) => ({ annotations: { [ANNOTATIONS.scheduledTimestamp]: time } });

test.each<{ name: string; child: ChildInput; slot: Date | undefined }>([
  {
    name: 'its annotation, to the second, where that is of the minute in its name',
    child: { name: nameAtTen, metadata: note('2016-05-19T10:00:30Z') },
    slot: at('10:00:30'),
  },
  {
    name: 'its name where the annotation is of another minute',
    child: { name: nameAtTen, metadata: note(iso('11:00')) },
    slot: TEN,
  },
  {
    name: 'its name where the annotation is no time',
    child: { name: nameAtTen, metadata: note('soon') },
    slot: TEN,
  },
  { name: 'its name alone', child: { name: nameAtTen, metadata: { annotations: {} } }, slot: TEN },
  {
    name: 'none where it has the name of another plan’s child',
    child: { name: nameAtTen.replace(PLAN, 'other1') },
    slot: undefined,
  },
  { name: 'none where it was made by hand', child: { name: `${PLAN}-by-hand` }, slot: undefined },
])('the slot of a child is $name', ({ child, slot }) => {
  expect(readChild(childObject(child), planObject()).slot).toEqual(slot);
});

test('a child has ended by its condition Succeeded, whatever other conditions say', () => {
  const ended = childObject({ slot: '09:00', state: 'Succeeded' });
  const { conditions } = ended.status as { conditions: readonly object[] };
  const other = { ...conditions[0], type: 'Ready', status: 'False', reason: 'Other' };
  const status = { ...(ended.status as object), conditions: [other, ...conditions] };
  const child = readChild(parseKubeObject({ ...ended, status }), planObject());
  expect(child).toMatchObject({ state: 'Succeeded', reason: 'Verified' });
});

test('a plan of another API group controls none of ours', () => {
  const owner = { kind: 'SynchronizationPlan', name: PLAN, uid: PLAN_UID, controller: true };
  const ownedBy = (apiVersion: string) =>
    planOf(
      childObject({ slot: '09:00', metadata: { ownerReferences: [{ ...owner, apiVersion }] } }),
    );
  expect(ownedBy('automation.astronetes.io/v1')).toMatchObject({ name: PLAN });
  expect(ownedBy('automation.example.org/v1alpha1')).toBeUndefined();
});
