import { expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { bundleTests } from './bundle-tests.ts';
import { tryMutants } from './try-mutants.ts';

function fateOf(killedBy: string | null, isReached: boolean): string {
  if (killedBy !== null) return 'killed';
  return isReached ? 'lives' : 'not reached';
}

test('tells of each mutant whether a test fails with it, and whether one comes to it', async () => {
  const bundle = await bundleTests(
    ['scripts/mutate/testing/sample.ts'],
    ['scripts/mutate/testing/sample.test.ts'],
  );
  const said: string[] = [];
  await tryMutants(bundle, {
    maxTestMs: 60_000,
    onLeftOut: (each, why) => said.push(`${each}: ${why}`),
    onVerdict: ({ mutant: { was, becomes }, killedBy, isReached }) =>
      said.push(`${was} → ${becomes}: ${fateOf(killedBy, isReached)}`),
  });
  await rm(bundle.file);
  expect(said).toEqual([
    'years === undefined → true: killed',
    'years === undefined → false: lives',
    'return false; → : not reached',
    'false → true: not reached',
    'return years >= MAJORITY.years; → : killed',
    'years >= MAJORITY.years → years > MAJORITY.years: killed',
    'years >= MAJORITY.years → years < MAJORITY.years: killed',
    'years: 18 → : killed',
    '18 → 19: killed',
  ]);
});
