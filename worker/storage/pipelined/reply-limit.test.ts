import { expect, test } from '@jest/globals';
import { ReplyLimit } from './reply-limit.ts';

test('anything may be asked until answers come out too large', () => {
  expect(new ReplyLimit(1_000).maxOps).toBe(Infinity);
});

test('of what is too large so many are asked as fit twice, and at least one', () => {
  expect(new ReplyLimit(1_000).exceeded(100, 4_000)).toBe(12);
  expect(new ReplyLimit(1_000).exceeded(100, 1_001)).toBe(49);
  expect(new ReplyLimit(1_000).exceeded(100, 1_000_000)).toBe(1);
  expect(new ReplyLimit(1_000).exceeded(2, 1_001)).toBe(1);
});

test('more are asked again only while full requests bring answers that are small', () => {
  const limit = new ReplyLimit(1_000);
  limit.exceeded(100, 4_000);
  limit.answered(12, 251);
  limit.answered(11, 10);
  expect(limit.maxOps).toBe(12);
  limit.answered(12, 250);
  limit.answered(24, 250);
  expect(limit.maxOps).toBe(48);
});
