import { describe, expect, test } from '@jest/globals';
import { compileGlobs, type GlobReach } from './globs.ts';

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
  { glob: '/a/?b*', reach: 'itself', yes: ['/a/xb', '/a/xbc'], no: ['/a/b', '/a/bb/c', '/a/xx'] },
  { glob: '/*', reach: 'itself', yes: ['/a'], no: ['/', '/a/b'] },
  { glob: '/a/**/**', reach: 'itself', yes: ['/a/b', '/a/b/c'], no: ['/a'] },
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

interface Attack {
  readonly glob: string;
  /** Names made to measure: each fails, as late as can be. */
  readonly path: (size: number) => string;
}

const ATTACKS: readonly Attack[] = [
  { glob: '/app/*-*-*-*-lock', path: (size) => `/app/${'-'.repeat(size)}` },
  { glob: '/app/*-*-*-*-lock*', path: (size) => `/app/${'-'.repeat(size)}` },
  { glob: '/app/*-*-*-*-*-*-?ock*', path: (size) => `/app/${'-'.repeat(size)}` },
  { glob: `/app/*${'a'.repeat(50)}b*`, path: (size) => `/app/${'a'.repeat(size)}` },
  { glob: '/**/a/**/a/**/a/**/a/**/a/**/b', path: (size) => '/a'.repeat(size) },
  { glob: '/**/*/**/*/**/*/**/*/**/*/**/b', path: (size) => '/a'.repeat(size) },
  { glob: `${'/**'.repeat(40)}/b`, path: (size) => '/a'.repeat(size) },
  { glob: '/**/*-*-*x/**/*-*-*x/**/*-*-*x', path: (size) => '/---x---'.repeat(size / 8) },
];

describe('a name chosen to slow a glob down', () => {
  const stepsFor = ({ glob, path }: Attack, size: number, reach: GlobReach) => {
    const effort = { steps: 0 };
    compileGlobs([glob], reach, effort)!(path(size));
    return effort.steps;
  };

  test.each(ATTACKS)('takes so many steps more as it is longer: $glob', (attack) => {
    for (const reach of ['itself', 'below', 'parents'] as const) {
      const steps = stepsFor(attack, 1024, reach);
      expect(steps).toBeLessThanOrEqual(attack.path(1024).length * attack.glob.length);
      // Twice, but for the beginning; were it the square, it would be four times as many.
      expect(stepsFor(attack, 2048, reach)).toBeLessThan(2.5 * steps);
    }
  });

  test('is not looked at again for each of its siblings', () => {
    const effort = { steps: 0 };
    const matches = compileGlobs(['/**/*-*/**/*-*/**/x'], 'below', effort)!;
    const parent = '/a-b'.repeat(100);
    matches(`${parent}/0`);
    const first = effort.steps;
    for (let child = 1; child <= 100; child += 1) matches(`${parent}/${child}`);
    expect(effort.steps).toBeLessThan(3 * first);
  });
});
