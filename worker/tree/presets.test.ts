import { describe, expect, test } from '@jest/globals';
import { PRESETS, type Preset } from '../../api/presets.ts';
import { PRESET_TREES, pathIn } from '../testing/preset-trees.ts';
import { compileExclusions } from './exclusions.ts';
import {
  presetExclusions,
  presetHomes,
  presetRaisedVersions,
  type PresetPlace,
} from './presets.ts';

const NO_CHROOT = { chroot: '' };

function isExcludedBy(presets: readonly Preset[], place: PresetPlace): (path: string) => boolean {
  const leftOut = presetExclusions(presets, place);
  return compileExclusions([], place.rootPath, { presets: leftOut }) ?? (() => false);
}

/** True for what a walk from the root would not reach. */
function leavesOut(preset: Preset, place: PresetPlace): (path: string) => boolean {
  const isExcluded = isExcludedBy([preset], place);
  return (path) =>
    [...path.matchAll(/(?=\/)|$/g)].some(({ index }) => isExcluded(path.slice(0, index)));
}

interface Place extends PresetPlace {
  readonly name: string;
  /** Of the system. */
  readonly root: (preset: Preset) => string;
}

const PLACES: readonly Place[] = [
  {
    name: 'at its default place',
    root: (preset) => PRESET_TREES[preset].root,
    rootPath: '/',
    chroot: '',
  },
  {
    name: 'at its default place in a chroot',
    root: (preset) => PRESET_TREES[preset].root,
    rootPath: '/',
    chroot: '/prod',
  },
  {
    name: 'at the root of the run',
    root: () => '/a/b',
    rootPath: '/a/b',
    chroot: '',
  },
  {
    name: 'at the root of a chroot',
    root: () => '/',
    rootPath: '/',
    chroot: '/prod/system',
  },
];

describe.each(PRESETS)('the preset %s', (preset) => {
  const { carried, leftOut, counters, raisedVersions } = PRESET_TREES[preset];

  test.each(PLACES)('leaves out what belongs to one cluster, $name', ({ root, ...place }) => {
    const isLeftOut = leavesOut(preset, place);
    const at = (path: string) => pathIn(root(preset), path);
    expect(leftOut.map(at).filter((path) => !isLeftOut(path))).toEqual([]);
    expect([...Object.keys(carried), ...Object.keys(counters)].map(at).filter(isLeftOut)).toEqual(
      [],
    );
  });

  test('leaves nothing out of the tree of another application', () => {
    const paths = [...Object.keys(carried), ...leftOut].map((path) => `/app/v1${path}`);
    const isLeftOut = leavesOut(preset, { rootPath: '/', ...NO_CHROOT });
    expect(paths.filter(isLeftOut)).toEqual([]);
  });

  test.each(PLACES)('knows versions that are compared, $name', ({ root, rootPath, chroot }) => {
    const globs = presetRaisedVersions([preset], { rootPath, chroot });
    const isRaised = compileExclusions(globs, '/a') ?? (() => false);
    expect(raisedVersions.filter((path) => !isRaised(pathIn(root(preset), path)))).toEqual([]);
    if (raisedVersions.length === 0) expect(globs).toEqual([]);
  });
});

describe('presets', () => {
  test('take the / of an ensemble for the root of no system that stands elsewhere', () => {
    const isExcluded = isExcludedBy(PRESETS, { rootPath: '/', ...NO_CHROOT });
    const theirs = ['/master', '/rs/1', '/running', '/leaders/a', '/backups/a', '/sessions/a'];
    expect(theirs.filter(isExcluded)).toEqual([]);
    expect(isExcluded('/hbase/master')).toBe(true);
  });

  test('apply below a root that stands within a system', () => {
    const place = { rootPath: '/clickhouse/tables/01', ...NO_CHROOT };
    const isExcluded = isExcludedBy(['ClickHouse'], place);
    expect(isExcluded('/clickhouse/tables/01/db/hits/replicas/r1/is_active')).toBe(true);
  });

  test.each([
    { place: 'the root of an ensemble', rootPath: '/', isLeftOut: true },
    { place: 'that root itself', rootPath: '/services', isLeftOut: true },
    { place: 'another', rootPath: '/dubbo', isLeftOut: false },
  ])('leave out what a system keeps besides its root: at $place', ({ rootPath, isLeftOut }) => {
    const isExcluded = isExcludedBy(['Dubbo'], { rootPath, ...NO_CHROOT });
    expect(isExcluded('/services/shop/10.0.0.1:20880')).toBe(isLeftOut);
    expect(isExcluded('/services/shop/config')).toBe(false);
    expect(presetHomes(['Dubbo'], { rootPath })).toEqual(
      isLeftOut ? ['/services', '/services/*'] : [],
    );
    expect(presetHomes(['Kafka'], { rootPath })).toEqual([]);
  });

  test('say which of them leaves out what, each once', () => {
    const found = presetExclusions(['NiFi', 'Dubbo', 'NiFi'], { rootPath: '/nifi', ...NO_CHROOT });
    expect(found).toEqual([
      { preset: 'NiFi', globs: ['/nifi/leaders/**'], but: [] },
      {
        preset: 'Dubbo',
        globs: [
          '/nifi/*.*/providers/**',
          '/nifi/*.*/consumers/**',
          '/nifi/metadata/**/provider/*',
          '/nifi/metadata/**/consumer/*',
        ],
        but: [
          '/nifi/*.*/providers/*%3Fdynamic%3Dfalse*',
          '/nifi/*.*/providers/*%26dynamic%3Dfalse*',
        ],
      },
    ]);
  });
});
