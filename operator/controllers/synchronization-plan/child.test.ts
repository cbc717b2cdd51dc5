import { expect, test } from '@jest/globals';
import { parseKubeObject } from '../../kube/objects.ts';
import { readChild } from './child.ts';
import { at, childObject, iso, planObject } from './testing/builders.ts';

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
