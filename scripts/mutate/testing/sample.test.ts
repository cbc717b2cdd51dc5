import { describe, expect, test } from '@jest/globals';
import { isOfAge } from './sample.ts';

describe('whether somebody is of age', () => {
  test.each([
    [18, true],
    [17, false],
  ])('at %s: %s', (years, expected) => {
    expect(isOfAge(years)).toBe(expected);
  });
});
