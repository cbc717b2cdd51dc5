import { describe, expect, test } from '@jest/globals';
import { BOTH, compareZnode, DESTINATION, SOURCE } from './compare-znode.ts';
import { FORBIDDEN, MISSING, type TreeReadResult } from '../../tree/tree.ts';

function znode(data: string | null, ephemeral = false): TreeReadResult {
  return {
    kind: 'znode',
    data: data === null ? null : Buffer.from(data),
    ephemeral,
    childCount: 0,
    changedZxid: 1n,
    createdZxid: 0n,
    dataVersion: 0,
    aclVersion: 0,
    creations: 0,
    createdTimeMs: 1,
    dataZxid: 1n,
  };
}

const PERSISTENT = znode('x');
const EPHEMERAL = znode('x', true);

interface Case {
  readonly name: string;
  readonly source: TreeReadResult;
  readonly destination: TreeReadResult;
  readonly verdict: Partial<ReturnType<typeof compareZnode>>;
}

const CASES: readonly Case[] = [
  {
    name: 'equal data',
    source: PERSISTENT,
    destination: znode('x'),
    verdict: { change: 'same', descend: BOTH },
  },
  {
    name: 'different data',
    source: PERSISTENT,
    destination: znode('y'),
    verdict: { change: 'update', descend: BOTH },
  },
  {
    name: 'null against empty',
    source: znode(null),
    destination: znode(''),
    verdict: { change: 'update' },
  },
  {
    name: 'null on both sides',
    source: znode(null),
    destination: znode(null),
    verdict: { change: 'same' },
  },
  {
    name: 'only at the source',
    source: PERSISTENT,
    destination: MISSING,
    verdict: { change: 'create', descend: SOURCE },
  },
  {
    name: 'only at the destination',
    source: MISSING,
    destination: PERSISTENT,
    verdict: { change: 'delete', descend: DESTINATION },
  },
  {
    name: 'an ephemeral only at the destination',
    source: MISSING,
    destination: EPHEMERAL,
    verdict: { change: 'keep', skip: null, descend: null },
  },
  {
    name: 'an ephemeral of the destination in the way',
    source: PERSISTENT,
    destination: EPHEMERAL,
    verdict: { change: 'none', skip: 'DestinationEphemeral' },
  },
  {
    name: 'an ephemeral of the source',
    source: EPHEMERAL,
    destination: MISSING,
    verdict: { change: 'none', skip: 'Ephemeral' },
  },
  {
    name: 'a left-over of what is an ephemeral at the source',
    source: EPHEMERAL,
    destination: PERSISTENT,
    verdict: { change: 'delete', skip: 'Ephemeral', descend: DESTINATION },
  },
  {
    name: 'unreadable at the source',
    source: FORBIDDEN,
    destination: PERSISTENT,
    verdict: { change: 'none', skip: 'NoPermission', descend: null },
  },
  {
    name: 'unreadable at the destination',
    source: PERSISTENT,
    destination: FORBIDDEN,
    verdict: { change: 'none', skip: 'NoPermission', descend: null },
  },
  { name: 'gone meanwhile', source: MISSING, destination: MISSING, verdict: { change: 'none' } },
];

describe('comparing a znode', () => {
  test.each(CASES)('$name', ({ source, destination, verdict }) => {
    expect(compareZnode(source, destination)).toMatchObject(verdict);
  });
});
