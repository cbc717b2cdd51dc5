import { describe, expect, test } from '@jest/globals';
import type { Preset } from '../../api/presets.ts';
import {
  RECORDED,
  recordingOf,
  type Recorded,
  type RecordedZnode,
} from '../testing/recorded-trees.ts';
import { compileExclusionParents, compileExclusions } from './exclusions.ts';
import { compileGlobs } from './globs.ts';
import { NodeTypes } from './node-types.ts';
import { parentPath } from './paths.ts';
import { presetCommands, presetExclusions, presetHomes } from './presets.ts';

const PLACE = { rootPath: '/', chroot: '' };

interface Application {
  readonly name: Recorded;
  readonly preset: Preset;
  /** Of what stays without a session: all that is left out, but for what stands below it. */
  readonly leftOut: readonly string[];
  /** What waits for whoever starts there. */
  readonly commands: readonly string[];
  /** False for one that cannot but write into what is copied. */
  readonly mayRunAtDestination: boolean;
}

const APPLICATIONS: readonly Application[] = [
  {
    name: 'bookkeeper',
    preset: 'BookKeeper',
    leftOut: [
      '/ledgers/underreplication/auditorelection',
      '/ledgers/underreplication/checkallledgersctime',
    ],
    commands: [],
    mayRunAtDestination: true,
  },
  {
    name: 'dubbo',
    preset: 'Dubbo',
    leftOut: [
      '/dubbo/metadata/example.shop.Services%24Clock/provider/legacy',
      '/dubbo/metadata/example.shop.Services%24Greeter/consumer/browser',
      '/dubbo/metadata/example.shop.Services%24Greeter/provider/shop',
    ],
    commands: [],
    mayRunAtDestination: true,
  },
  {
    name: 'kafka',
    preset: 'Kafka',
    leftOut: [
      '/admin/delete_topics/doomed',
      '/config/changes/config_change_0000000000',
      '/config/changes/config_change_0000000001',
      '/kafka-acl-changes/acl_changes_0000000000',
      '/kafka-acl-extended-changes/acl_changes_0000000000',
    ],
    commands: [
      '/admin/delete_topics/doomed',
      '/config/changes/config_change_0000000000',
      '/config/changes/config_change_0000000001',
      '/kafka-acl-changes/acl_changes_0000000000',
      '/kafka-acl-extended-changes/acl_changes_0000000000',
    ],
    mayRunAtDestination: false,
  },
  {
    name: 'solr',
    preset: 'Solr',
    leftOut: [
      '/collections/shop/leader_elect/shard1',
      '/collections/shop/leader_elect/shard2',
      '/collections/shop/leaders/shard1',
      '/collections/shop/leaders/shard2',
      '/overseer/async_ids',
      '/overseer/collection-map-completed',
      '/overseer/collection-map-failure',
      '/overseer/collection-map-running',
      '/overseer/collection-queue-work',
      '/overseer/queue',
      '/overseer/queue-work',
      '/overseer_elect/election',
    ],
    commands: [],
    mayRunAtDestination: false,
  },
];

function isLeftOutBy(preset: Preset): (path: string) => boolean {
  const isExcluded = compileExclusions([], '/', { presets: presetExclusions([preset], PLACE) })!;
  return (path) =>
    [...path.matchAll(/(?=\/)|$/g)].some(
      ({ index }) => index > 0 && isExcluded(path.slice(0, index)),
    );
}

describe.each(APPLICATIONS)('what $name wrote', (application) => {
  const { name, preset, leftOut, commands, mayRunAtDestination } = application;
  const { source, atDestination } = recordingOf(name);
  const isLeftOut = isLeftOutBy(preset);

  test('has no member that the preset does not know', () => {
    const members = source.filter(({ kind }) => kind === 'Ephemeral').map(({ path }) => path);
    expect(members.length).toBeGreaterThan(0);
    expect(members.filter((path) => !isLeftOut(path))).toEqual([]);
  });

  test('is carried, all of it that stays, but for this', () => {
    const stays = source.filter(({ kind }) => kind !== 'Ephemeral').map(({ path }) => path);
    const missing = stays.filter(isLeftOut);
    expect(missing.filter((path) => !isLeftOut(parentPath(path) ?? '/'))).toEqual(leftOut);
  });

  test('holds these commands', () => {
    const globs = presetCommands([preset], PLACE).flatMap((rule) => rule.globs);
    const isCommand = compileGlobs(globs, 'itself') ?? (() => false);
    const found = source.map(({ path }) => path).filter(isCommand);
    expect(found).toEqual(commands);
    expect(found.filter((path) => !isLeftOut(path))).toEqual([]);
  });

  test(`and what it writes by starting at a destination is ${mayRunAtDestination ? 'no' : 'a'} change of the copy`, () => {
    const isHome = compileGlobs(presetHomes([preset], PLACE), 'itself') ?? (() => false);
    const changed = atDestination.map(({ path }) => path);
    const others = changed.filter((path) => !isLeftOut(path) && !isHome(path));
    if (!mayRunAtDestination) {
      expect(others.length).toBeGreaterThan(0);
      return;
    }
    expect(changed.length).toBeGreaterThan(0);
    expect(others).toEqual([]);
    // Whoever comes and goes changes the list of children of the znode above.
    const { globs } = presetExclusions([preset], PLACE)[0]!;
    const ignoresChildrenOf = compileExclusionParents(
      [...globs, ...presetHomes([preset], PLACE)],
      '/',
    )!;
    const above = atDestination
      .filter(({ kind }) => kind !== 'setData')
      .map(({ path }) => parentPath(path) ?? '/');
    expect(above.filter((path) => !isLeftOut(path) && !ignoresChildrenOf(path))).toEqual([]);
  });
});

describe('what Curator wrote', () => {
  const { source } = recordingOf('curator');

  test('is made as what it is by rules of types', () => {
    const rules = [
      '/recipes/{latch,mutex,semaphore,group,node,services}',
      '/recipes/{semaphore,services}/*',
    ].flatMap(alternatives);
    const types = new NodeTypes(
      rules.map((glob) => ({ glob, nodeType: { type: 'Container' } as const })),
      '/recipes',
    );
    types.canMake('Container');
    const kindOf = ({ path, kind }: RecordedZnode) => `${kind} ${path}`;
    const stays = source.filter(({ kind, path }) => kind !== 'Ephemeral' && path !== '/recipes');
    const made = stays.map(({ path }) => `${types.of(path)?.type ?? 'Persistent'} ${path}`);
    expect(made).toEqual(stays.map(kindOf));
  });
});

describe.each(RECORDED)('the recording of %s', (name) => {
  test('says nothing of the machine that it was made on', () => {
    const { source, atDestination } = recordingOf(name);
    const texts = [...source, ...atDestination].flatMap(({ path, data = null }) => [
      path,
      data === null ? '' : Buffer.from(data, 'base64').toString('latin1'),
    ]);
    const addresses = texts.flatMap((text) => text.match(/\b\d{1,3}(\.\d{1,3}){3}\b/g) ?? []);
    expect(
      addresses.filter((each) => !/^(127\.0\.0\.1|10\.0\.0\.1|0\.0\.0\.0)$/.test(each)),
    ).toEqual([]);
    expect(texts.filter((text) => /\/(tmp|home|root|work|var)\//.test(text))).toEqual([]);
  });
});

function alternatives(glob: string): string[] {
  const [, before = '', names = '', after = ''] = /^(.*)\{(.*)\}(.*)$/.exec(glob) ?? [];
  return names.split(',').map((each) => before + each + after);
}
