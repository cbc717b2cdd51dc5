import { describe, expect, test } from '@jest/globals';
import { compileExclusions } from './exclusions.ts';

interface Case {
  readonly glob: string;
  readonly excluded: readonly string[];
  readonly mirrored: readonly string[];
}

const CASES: readonly Case[] = [
  { glob: '/test/a', excluded: ['/test/a', '/test/a/b'], mirrored: ['/test', '/test/ab', '/a'] },
  { glob: '/test/a*', excluded: ['/test/a', '/test/ab/c'], mirrored: ['/test/b', '/test/b/a'] },
  { glob: '/test/?', excluded: ['/test/a', '/test/ü'], mirrored: ['/test/ab', '/test'] },
  { glob: '/test/*/x', excluded: ['/test/a/x'], mirrored: ['/test/x', '/test/a/b/x'] },
  { glob: '/test/**/x', excluded: ['/test/x', '/test/a/b/x/y'], mirrored: ['/test/ax', '/x'] },
  { glob: '/test/**', excluded: ['/test/a', '/test/a/b'], mirrored: ['/test', '/testing'] },
  { glob: '/**/x', excluded: ['/x', '/test/a/x'], mirrored: ['/test'] },
  { glob: '/test/a.b+(c)[d]$', excluded: ['/test/a.b+(c)[d]$'], mirrored: ['/test/aXb+(c)[d]$'] },
];

describe('an exclusion', () => {
  test.each(CASES)('$glob', ({ glob, excluded, mirrored }) => {
    const isExcluded = compileExclusions([glob], '/test')!;
    expect(excluded.filter((path) => !isExcluded(path))).toEqual([]);
    expect(mirrored.filter(isExcluded)).toEqual([]);
  });

  test('is always there for what belongs to ZooKeeper and to the operator, below /', () => {
    const isExcluded = compileExclusions([], '/')!;
    expect(isExcluded('/zookeeper')).toBe(true);
    expect(isExcluded('/.resiliency-operator/a')).toBe(true);
    expect(isExcluded('/zookeeper-app')).toBe(false);
  });

  test('of a preset carries its exceptions, but not what stands below them', () => {
    const preset = { globs: ['/test/*', '/test/dir/*'], but: ['/test/dir'] };
    const isExcluded = compileExclusions([], '/test', [preset])!;
    expect(
      ['/test/a', '/test/dir/a', '/test/directory'].filter((path) => !isExcluded(path)),
    ).toEqual([]);
    expect(isExcluded('/test/dir')).toBe(false);
  });

  test('of the user leaves out what a preset would carry', () => {
    const preset = { globs: ['/test/*'], but: ['/test/dir'] };
    expect(compileExclusions(['/test/dir'], '/test', [preset])!('/test/dir')).toBe(true);
  });

  test('costs nothing where there is none', () => {
    expect(compileExclusions([], '/test')).toBeNull();
  });
});
