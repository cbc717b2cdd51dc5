import { expect, test } from '@jest/globals';
import { runNowHash, runNowName } from '../../../api/names.ts';
import { factsOf } from './facts.ts';
import { iso, PLAN, snapshot, type ChildInput } from './testing/builders.ts';

const made = (name: string, creationTimestamp: string | undefined): ChildInput => ({
  name,
  metadata: { creationTimestamp },
});

test('what goes on stands oldest first, then by name; what has no time is the youngest', () => {
  const children = [
    made('d', undefined),
    made('c', iso('09:30')),
    made('b', iso('09:00')),
    made('e', undefined),
    made('a', iso('09:30')),
  ];
  const names = (of: readonly ChildInput[]) =>
    factsOf(snapshot({}, of)).active.map((child) => child.name);
  expect(names(children)).toEqual(['b', 'a', 'c', 'd', 'e']);
  expect(names([...children].reverse())).toEqual(['b', 'a', 'c', 'd', 'e']);
});

test('tokens of runs made by hand are remembered newest first', () => {
  const byHand = (token: string, created: string): ChildInput => ({
    name: runNowName(PLAN, token),
    state: 'Failed',
    metadata: { creationTimestamp: iso(created) },
  });
  const children = [byHand('second', '09:00'), byHand('third', '09:10'), byHand('first', '08:00')];
  const { active, runNowTokens } = factsOf(snapshot({}, children));
  expect(active).toEqual([]);
  expect(runNowTokens).toEqual(['third', 'second', 'first'].map(runNowHash));
});
