import { expect, test } from '@jest/globals';
import { costOfSteps } from './cost-of-steps.ts';

const data = Buffer.from('data');

test('a batch costs what is written for the user, not what marks it', () => {
  const cost = costOfSteps([
    { kind: 'check', path: '/own/holder' },
    { kind: 'mark', path: '/own/last-write', data },
    { kind: 'create', path: '/a', data },
  ]);
  expect(cost).toEqual({ kind: 'write', count: 1, bytes: data.length });
});

test('each create, update and delete counts, and their data', () => {
  const cost = costOfSteps([
    { kind: 'create', path: '/a', data: null },
    { kind: 'update', path: '/b', data },
    { kind: 'delete', path: '/c' },
  ]);
  expect(cost).toEqual({ kind: 'write', count: 3, bytes: data.length });
});
