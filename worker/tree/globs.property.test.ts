import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileGlobs, type GlobReach } from './globs.ts';
import { globsAsPattern } from './testing/globs-as-pattern.ts';

/** Few characters, so that globs and paths meet; one needs two units, and one alone is half of it. */
const character = fc.constantFrom('a', 'b', '-', '.', '😀', '\ude00');
const name = fc.string({ unit: character, minLength: 1, maxLength: 5 });
const path = fc
  .array(name, { minLength: 1, maxLength: 5 })
  .map((names) => names.map((each) => `/${each}`).join(''));
const wildName = fc.string({
  unit: fc.oneof(character, fc.constantFrom('*', '?')),
  minLength: 1,
  maxLength: 5,
});
const glob = fc
  .array(fc.oneof(name, wildName, fc.constant('**')), { minLength: 1, maxLength: 5 })
  .map((names) => names.map((each) => `/${each}`).join(''));
const globs = fc.array(glob, { minLength: 1, maxLength: 4 });
const reach = fc.constantFrom<GlobReach>('itself', 'below', 'parents');

/** One letter, so that nearly everything matches in many ways. */
const alike = fc.string({ unit: fc.constantFrom('a', 'a', '*', '?'), minLength: 1, maxLength: 20 });
const alikeGlob = fc
  .array(fc.oneof(alike, fc.constant('**')), { minLength: 1, maxLength: 8 })
  .map((names) => names.map((each) => `/${each}`).join(''));
const alikePath = fc
  .array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 })
  .map((lengths) => lengths.map((length) => `/${'a'.repeat(length)}`).join(''));

describe('globs, whatever they are,', () => {
  test('match what they say', () => {
    fc.assert(
      fc.property(globs, reach, fc.array(path, { maxLength: 8 }), (theirs, which, paths) => {
        const matches = compileGlobs(theirs, which)!;
        const pattern = globsAsPattern(theirs, which);
        // One after another, as a walk asks: what is kept of the path before must not matter.
        const said = paths.map((each) => [each, matches(each)]);
        expect(said).toEqual(paths.map((each) => [each, pattern.test(each)]));
      }),
      { numRuns: 5_000 },
    );
  });

  test('take at most as many steps as the path is long, times all globs', () => {
    const nasty = fc.array(alikeGlob, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(nasty, reach, alikePath, (theirs, which, long) => {
        const effort = { steps: 0 };
        compileGlobs(theirs, which, effort)!(long);
        expect(effort.steps).toBeLessThanOrEqual((long.length + 1) * theirs.join('').length);
      }),
      { numRuns: 2_000 },
    );
  });
});
