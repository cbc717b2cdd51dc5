import { describe, expect, test } from '@jest/globals';
import { compileExclusions, compileMisplaced, reservedPaths } from './exclusions.ts';

const atTop = reservedPaths({ chroot: '', isKeeper: false });
const below = reservedPaths({ chroot: '/services', isKeeper: false });

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
    const isExcluded = compileExclusions([], '/test', { presets: [preset] })!;
    expect(
      ['/test/a', '/test/dir/a', '/test/directory'].filter((path) => !isExcluded(path)),
    ).toEqual([]);
    expect(isExcluded('/test/dir')).toBe(false);
  });

  test('of the user leaves out what a preset would carry', () => {
    const preset = { globs: ['/test/*'], but: ['/test/dir'] };
    expect(compileExclusions(['/test/dir'], '/test', { presets: [preset] })!('/test/dir')).toBe(
      true,
    );
  });

  test.each(['/zookeeper', '/.resiliency-operator', '/keeper'])(
    'is not there for %s below a chroot on both sides, where it is an application that has that name',
    (path) => {
      const reserved = { source: below, destination: below };
      expect(compileExclusions([], '/', { reserved })?.(path) ?? false).toBe(false);
    },
  );

  test.each([
    { source: atTop, destination: below, isMisplaced: false },
    { source: below, destination: atTop, isMisplaced: true },
  ])(
    'is there where one side has no chroot, and is told of the source only if the destination is that one',
    ({ isMisplaced, ...reserved }) => {
      expect(compileExclusions([], '/', { reserved })?.('/zookeeper')).toBe(true);
      expect(compileMisplaced([], '/', { reserved })?.('/zookeeper') ?? false).toBe(isMisplaced);
      expect(compileMisplaced(['/zookeeper'], '/', { reserved })?.('/zookeeper') ?? false).toBe(
        false,
      );
      expect(compileMisplaced(['/a'], '/', { reserved })?.('/a') ?? false).toBe(false);
    },
  );

  test('is there for the tree of a ClickHouse Keeper where it has no chroot', () => {
    const keeper = reservedPaths({ chroot: '', isKeeper: true });
    const isExcluded = compileExclusions([], '/', {
      reserved: { source: atTop, destination: keeper },
    })!;
    expect(isExcluded('/keeper')).toBe(true);
    expect(reservedPaths({ chroot: '/a', isKeeper: true })).toEqual([]);
  });

  test('costs nothing where there is none', () => {
    expect(compileExclusions([], '/test')).toBeNull();
  });
});
