import { describe, expect, test } from '@jest/globals';
import { compileGlobs } from './globs.ts';
import type { GlobReach } from './globs.ts';

interface Case {
  readonly glob: string;
  readonly reach: GlobReach;
  readonly yes: readonly string[];
  readonly no: readonly string[];
}

const CASES: readonly Case[] = [
  { glob: '/a/*', reach: 'itself', yes: ['/a/b'], no: ['/a', '/a/b/c', '/b/a/b'] },
  { glob: '/a/**', reach: 'itself', yes: ['/a/b', '/a/b/c'], no: ['/a', '/ab/c'] },
  { glob: '/a/**/x', reach: 'itself', yes: ['/a/x', '/a/b/c/x'], no: ['/a/x/b', '/a/bx'] },
  { glob: '/a/?', reach: 'itself', yes: ['/a/b'], no: ['/a/bc', '/a/'] },
  { glob: '/a/*', reach: 'below', yes: ['/a/b', '/a/b/c'], no: ['/a'] },
  { glob: '/a/*', reach: 'parents', yes: ['/a'], no: ['/', '/a/b', '/b'] },
  { glob: '/a/**', reach: 'parents', yes: ['/a', '/a/b', '/a/b/c'], no: ['/', '/ab'] },
  { glob: '/a/**/x', reach: 'parents', yes: ['/a', '/a/b'], no: ['/', '/b'] },
  { glob: '/a', reach: 'parents', yes: ['/'], no: ['/a'] },
  { glob: '/**', reach: 'parents', yes: ['/', '/a/b'], no: [] },
];

describe('a glob', () => {
  test.each(CASES)('$glob, $reach', ({ glob, reach, yes, no }) => {
    const matches = compileGlobs([glob, '/never/*/never'], reach)!;
    expect(yes.filter((path) => !matches(path))).toEqual([]);
    expect(no.filter(matches)).toEqual([]);
  });

  test('is one of none', () => {
    expect(compileGlobs([], 'itself')).toBeNull();
  });
});
