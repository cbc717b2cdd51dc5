import { describe, expect, test } from '@jest/globals';
import { describeDrift, DriftFinder } from './drift.ts';
import { compileExclusionParents } from '../../tree/exclusions.ts';
import type { ReadZnode } from '../../tree/tree.ts';

function znode(zxids: { data: bigint; children?: bigint }, ephemeral = false): ReadZnode {
  const { data, children = 0n } = zxids;
  const changedZxid = data > children ? data : children;
  return {
    kind: 'znode',
    data: null,
    ephemeral,
    childCount: 0,
    changedZxid,
    createdZxid: 0n,
    dataVersion: 0,
    aclVersion: 0,
    creations: 0,
    createdTimeMs: 1,
    dataZxid: data,
  };
}

describe('looking for what others changed', () => {
  test('finds data and children that are newer than the last write, and ephemerals', () => {
    const finder = new DriftFinder(10n);
    finder.look('/test', znode({ data: 1n, children: 11n }));
    finder.look('/test/old', znode({ data: 10n, children: 10n }));
    finder.look('/test/new', znode({ data: 12n }));
    finder.look('/test/lock', znode({ data: 3n }, true));
    expect(finder.found).toEqual({
      changed: 2,
      firstChanged: '/test',
      ephemerals: 1,
      firstEphemeral: '/test/lock',
      isRootMissing: false,
    });
    expect(describeDrift(finder.found!)).toBe(
      '2 znodes were changed (first /test), 1 ephemeral of a client (first /test/lock)',
    );
  });

  test('finds nothing where there was no write before', () => {
    const finder = new DriftFinder(null);
    finder.look('/test', znode({ data: 12n }));
    finder.look('/test/lock', znode({ data: 3n }, true));
    finder.sawRootMissing();
    expect(finder.found).toBeNull();
  });

  test('finds a root that is gone', () => {
    const finder = new DriftFinder(10n);
    finder.sawRootMissing();
    expect(describeDrift(finder.found!)).toBe('the root was deleted');
  });

  test('passes over lists of children that change with what is excluded, but not over data', () => {
    const mayExcludeChildOf = compileExclusionParents(['/test/a/locks'], '/test');
    const finder = new DriftFinder(10n, { mayExcludeChildOf, isHome: null, nodeTypes: null });
    finder.look('/test/a', znode({ data: 1n, children: 11n }));
    expect(finder.found).toBeNull();
    finder.look('/test/a', znode({ data: 11n, children: 11n }));
    finder.look('/test/b', znode({ data: 1n, children: 11n }));
    expect(finder.found?.changed).toBe(2);
  });

  test('passes over what members of a system make for themselves, but not over ephemerals', () => {
    const isHome = (path: string) => path === '/test/home';
    const finder = new DriftFinder(10n, { mayExcludeChildOf: null, isHome, nodeTypes: null });
    finder.look('/test/home', znode({ data: 11n, children: 12n }));
    expect(finder.found).toBeNull();
    finder.look('/test/home', znode({ data: 1n }, true));
    expect(finder.found).toMatchObject({ changed: 0, ephemerals: 1 });
  });
});

interface Case {
  readonly glob: string;
  readonly path: string;
  readonly may: boolean;
}

const CASES: readonly Case[] = [
  { glob: '/test/locks', path: '/test', may: true },
  { glob: '/test/locks', path: '/test/locks', may: false },
  { glob: '/test/*/locks', path: '/test/a', may: true },
  { glob: '/test/*/locks', path: '/test', may: false },
  { glob: '/test/**/locks', path: '/test', may: true },
  { glob: '/test/**/locks', path: '/test/a/b', may: true },
  { glob: '/test/a/**', path: '/test/a', may: true },
  { glob: '/test/a/**', path: '/test', may: false },
  { glob: '/locks', path: '/', may: true },
];

describe('whether a child of a znode may be excluded', () => {
  test.each(CASES)('$glob, $path: $may', ({ glob, path, may }) => {
    expect(compileExclusionParents([glob], '/test')?.(path)).toBe(may);
  });

  test('the root of all has what is never mirrored', () => {
    expect(compileExclusionParents([], '/')?.('/')).toBe(true);
    expect(compileExclusionParents([], '/')?.('/a')).toBe(false);
    expect(compileExclusionParents([], '/test')).toBeNull();
  });
});
