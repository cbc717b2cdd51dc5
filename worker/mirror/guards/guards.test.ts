import { describe, expect, test } from '@jest/globals';
import { askGuards, type GuardInput, type GuardPolicy } from './guards.ts';
import type { Drift } from './drift.ts';

const FINE: GuardInput = {
  rootPath: '/test',
  overlapsItself: false,
  sourceRoot: 'persistent',
  destinationRoot: 'persistent',
  drift: null,
  sourceZnodes: 1_000,
  destinationZnodes: 1_000,
  deletions: 0,
};

const DRIFT: Drift = {
  changed: 2,
  firstChanged: '/test/a',
  ephemerals: 1,
  firstEphemeral: '/test/lock',
  isRootMissing: false,
};

const POLICY: GuardPolicy = {
  destinationDrift: 'Refuse',
  createRootPath: true,
  allowEmptySource: false,
  deletionMaxPercent: 50,
  deletionMinCount: 100,
};

interface Case {
  readonly name: string;
  readonly input?: Partial<GuardInput>;
  readonly policy?: Partial<GuardPolicy>;
  readonly guard: string | null;
}

const CASES: readonly Case[] = [
  { name: 'two equal trees', guard: null },
  { name: 'one ensemble on both sides', input: { overlapsItself: true }, guard: 'SameEnsemble' },
  { name: 'no source root', input: { sourceRoot: 'missing' }, guard: 'SourceRootMissing' },
  {
    name: 'an ephemeral as the source root',
    input: { sourceRoot: 'ephemeral' },
    guard: 'SourceRootMissing',
  },
  {
    name: 'a destination that others changed',
    input: { drift: DRIFT },
    guard: 'DestinationModified',
  },
  {
    name: 'a destination that others changed and that may be overwritten',
    input: { drift: DRIFT },
    policy: { destinationDrift: 'Overwrite' },
    guard: null,
  },
  { name: 'no destination root', input: { destinationRoot: 'missing' }, guard: null },
  {
    name: 'no destination root that may be created',
    input: { destinationRoot: 'missing' },
    policy: { createRootPath: false },
    guard: 'DestinationRootMissing',
  },
  {
    name: 'an ephemeral as the destination root',
    input: { destinationRoot: 'ephemeral' },
    guard: 'DestinationRootMissing',
  },
  { name: 'an empty source', input: { sourceZnodes: 0 }, guard: 'EmptySource' },
  {
    name: 'an empty source that is allowed',
    input: { sourceZnodes: 0 },
    policy: { allowEmptySource: true },
    guard: null,
  },
  {
    name: 'an empty source and an empty destination',
    input: { sourceZnodes: 0, destinationZnodes: 0 },
    guard: null,
  },
  { name: 'half of it deleted', input: { deletions: 500 }, guard: null },
  { name: 'more than half of it deleted', input: { deletions: 501 }, guard: 'MassDeletion' },
  {
    name: 'more than half of it deleted, but few znodes',
    input: { destinationZnodes: 150, deletions: 99 },
    guard: null,
  },
  {
    name: 'as many znodes as count, and more than half',
    input: { destinationZnodes: 150, deletions: 100 },
    guard: 'MassDeletion',
  },
  {
    name: 'everything deleted, which is allowed',
    input: { deletions: 1_000 },
    policy: { deletionMaxPercent: 100 },
    guard: null,
  },
  {
    name: 'an allowed empty source, which the limit of deletions still holds for',
    input: { sourceZnodes: 0, deletions: 1_000 },
    policy: { allowEmptySource: true },
    guard: 'MassDeletion',
  },
  {
    name: 'several reasons at once: the first one counts',
    input: { overlapsItself: true, sourceRoot: 'missing', deletions: 1_000 },
    guard: 'SameEnsemble',
  },
];

describe('the guards', () => {
  test.each(CASES)('$name: $guard', ({ input, policy, guard }) => {
    const refusal = askGuards({ ...FINE, ...input }, { ...POLICY, ...policy });
    expect(refusal?.guard ?? null).toBe(guard);
  });

  test('say what was found and what can be done', () => {
    const refusal = askGuards({ ...FINE, deletions: 501 }, POLICY);
    expect(refusal?.message).toBe(
      '501 znodes of 1000 below /test would be deleted at the destination (50.1 %); at most 50 % ' +
        'may, from 100 on: check the source, or raise deletion.maxPercent (--deletion-max-percent).',
    );
  });
});
