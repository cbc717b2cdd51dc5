import { describe, expect, test } from '@jest/globals';
import {
  findCondition,
  removeCondition,
  setCondition,
  type Condition,
  type ConditionUpdate,
} from './conditions.ts';

const early = new Date('2026-03-28T10:00:00.750Z');
const late = new Date('2026-03-28T11:00:00Z');

function update(changes: Partial<ConditionUpdate> = {}): ConditionUpdate {
  return {
    type: 'Ready',
    status: 'False',
    reason: 'Unreachable',
    message: 'no server answers',
    observedGeneration: 1,
    ...changes,
  };
}

function only(conditions: readonly Condition[]): Condition {
  expect(conditions).toHaveLength(1);
  return conditions[0]!;
}

describe('setCondition', () => {
  test('adds a condition with the time in whole seconds', () => {
    expect(only(setCondition([], update(), early))).toEqual({
      type: 'Ready',
      status: 'False',
      reason: 'Unreachable',
      message: 'no server answers',
      lastTransitionTime: '2026-03-28T10:00:00Z',
      observedGeneration: 1,
    });
  });

  test('keeps the transition time while the status stays, whatever else changes', () => {
    const before = setCondition([], update(), early);
    const after = setCondition(
      before,
      update({ reason: 'NameNotResolved', observedGeneration: 2 }),
      late,
    );
    expect(only(after)).toMatchObject({
      reason: 'NameNotResolved',
      observedGeneration: 2,
      lastTransitionTime: '2026-03-28T10:00:00Z',
    });
  });

  test('moves the transition time when the status changes', () => {
    const before = setCondition([], update(), early);
    const after = setCondition(before, update({ status: 'True', reason: 'Reachable' }), late);
    expect(only(after).lastTransitionTime).toBe('2026-03-28T11:00:00Z');
  });

  test('returns the very same list when nothing changes', () => {
    const before = setCondition([], update(), early);
    expect(setCondition(before, update(), late)).toBe(before);
  });

  test('does not touch the list it was given, nor the other conditions', () => {
    const first = setCondition([], update(), early);
    const both = setCondition(first, update({ type: 'Succeeded', status: 'Unknown' }), early);
    const changed = setCondition(both, update({ status: 'True' }), late);
    expect(first).toHaveLength(1);
    expect(findCondition(both, 'Ready')?.status).toBe('False');
    expect(changed[1]).toBe(both[1]);
  });

  test.each(['Reconciling', 'Stalled'] as const)('removes %s unless it is True', (type) => {
    const standing = setCondition([], update({ type, status: 'True' }), early);
    expect(standing).toHaveLength(1);
    expect(setCondition(standing, update({ type, status: 'False' }), late)).toEqual([]);
    expect(setCondition(standing, update({ type, status: 'Unknown' }), late)).toEqual([]);
    expect(setCondition([], update({ type, status: 'False' }), late)).toEqual([]);
  });

  test('cuts a message that the API server would refuse', () => {
    const long = setCondition([], update({ message: 'x'.repeat(40_000) }), early);
    expect(only(long).message).toHaveLength(32_768);
  });
});

describe('removeCondition', () => {
  test('removes the condition, and returns the same list if there is none', () => {
    const before = setCondition([], update(), early);
    expect(removeCondition(before, 'Ready')).toEqual([]);
    expect(removeCondition(before, 'Stalled')).toBe(before);
  });
});

test('findCondition finds nothing in a status without conditions', () => {
  expect(findCondition(undefined, 'Ready')).toBeUndefined();
});
