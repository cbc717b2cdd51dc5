import { describe, expect, test } from '@jest/globals';
import { PRESETS, type Preset } from '../../api/presets.ts';
import { isAtOrBelow } from '../../api/znode-path.ts';
import { count, nextNumber } from '../testing/counters.ts';
import { PRESET_TREES, pathIn } from '../testing/preset-trees.ts';
import {
  destination,
  destinationServer,
  root,
  source,
  sourceServer,
  synchronize,
  useTwoClusters,
} from '../testing/two-clusters.ts';
import { put, snapshot, zxids, type Znodes } from '../testing/znodes.ts';

useTwoClusters();

/** Each tree has a chroot of its own, which is not the same on both sides. */
const SOURCE_CHROOT = '/prod';
const DESTINATION_CHROOT = '/dr';

interface Trees {
  readonly from: string;
  readonly to: string;
}

/** The tree of a running system at both sides; at the destination nothing but its running members. */
async function plant(preset: Preset, { from, to }: Trees): Promise<void> {
  const { carried, leftOut, counters, raisedVersions } = PRESET_TREES[preset];
  const all = { ...carried, ...Object.fromEntries(leftOut.map((path) => [path, 'source'])) };
  await put(source, at(from, all));
  for (const [path, times] of Object.entries(counters)) await count(source, from + path, times);
  for (const path of raisedVersions) {
    for (let times = 0; times < 5; times += 1) await source.setData(from + path, Buffer.from('x'));
  }
  await put(destination, at(to, Object.fromEntries(leftOut.map((path) => [path, 'mine']))));
}

function at(root: string, znodes: Znodes): Znodes {
  return Object.fromEntries(Object.entries(znodes).map(([path, data]) => [root + path, data]));
}

/** The tree below a path, as seen from there. */
async function below(client: typeof source, root: string): Promise<Znodes> {
  const found = Object.entries(await snapshot(client, root));
  return Object.fromEntries(found.map(([path, data]) => [path.slice(root.length), data]));
}

/** What the destination has to hold: all of the source but what is left out, and that of its own. */
function expectedOf(preset: Preset, all: Znodes): Znodes {
  const { leftOut } = PRESET_TREES[preset];
  const kept = Object.entries(all).filter(
    ([path]) => !leftOut.some((each) => isAtOrBelow(path, each)),
  );
  return Object.fromEntries([...kept, ...leftOut.map((path) => [path, 'mine'] as const)]);
}

describe.each(PRESETS)('the preset %s', (preset) => {
  const { leftOut, counters, raisedVersions } = PRESET_TREES[preset];

  test.each([
    {
      name: 'its default place',
      systemRoot: PRESET_TREES[preset].root,
      chroot: `/${preset}-default`,
      rootPath: '/',
    },
    { name: 'the root of a chroot', systemRoot: '/', chroot: `/${preset}-own`, rootPath: '/' },
    { name: 'the root of the run', systemRoot: `/${preset}`, chroot: '', rootPath: `/${preset}` },
  ])('carries what a system at $name needs, and leaves its members alone', async (place) => {
    const { systemRoot, chroot, rootPath } = place;
    const isChroot = chroot !== '';
    const [fromChroot, toChroot] = isChroot
      ? [SOURCE_CHROOT + chroot, DESTINATION_CHROOT + chroot]
      : ['', ''];
    const within = pathIn(systemRoot, '');
    const trees = { from: fromChroot + within, to: toChroot + within };
    await plant(preset, trees);
    const run = () =>
      synchronize({
        sourceServers: [sourceServer.address + fromChroot],
        destinationServers: [destinationServer.address + toChroot],
        rootPath,
        excludePresets: [preset],
      });
    const { code, result, lines } = await run();
    expect(code).toBe(0);
    expect(result).toMatchObject({ verified: true, notCarried: [] });
    expect(await below(destination, trees.to)).toEqual(
      expectedOf(preset, await below(source, trees.from)),
    );
    for (const path of Object.keys(counters)) {
      const given = await nextNumber(source, trees.from + path);
      const next = await nextNumber(destination, trees.to + path);
      expect({ path, isBehind: next < given }).toEqual({ path, isBehind: false });
    }
    for (const path of raisedVersions) {
      const [given, there] = await Promise.all([
        source.getData(trees.from + path),
        destination.getData(trees.to + path),
      ]);
      const isBehind = there.stat.version < given.stat.version;
      expect({ path, isBehind }).toEqual({ path, isBehind: false });
    }
    expect(lines).toContainEqual(
      expect.objectContaining({
        message: 'left out, as it belongs to one running cluster',
        preset,
      }),
    );
  });

  test('lets members of the system live at the destination', async () => {
    const [member = ''] = leftOut;
    const trees = { from: `/${preset}-live`, to: `/${preset}-live` };
    await plant(preset, trees);
    const run = () => synchronize({ rootPath: trees.from, excludePresets: [preset] });
    expect((await run()).code).toBe(0);
    for (const path of leftOut) await destination.setData(trees.to + path, Buffer.from('elected'));
    await destination.delete(trees.to + member);
    await destination.create(trees.to + member, null, { mode: 'ephemeral' });
    const before = await zxids(destination, trees.to);
    const { code, result } = await run();
    expect(result).toMatchObject({ outcome: 'Success', counts: { created: 0, deleted: 0 } });
    expect(code).toBe(0);
    expect(await zxids(destination, trees.to)).toEqual(before);
  });
});

describe('commands that wait', () => {
  const commands = {
    '/admin/delete_topics/t1': null,
    '/admin/delete_topics/t2': null,
    '/admin/reassign_partitions': '{}',
    '/config/changes/config_change_0000000007': '{}',
  };

  test('at the destination are named, with what to do, and stay', async () => {
    await put(source, at(root, { '/brokers/topics/t1': '{}', '/admin': '' }));
    await put(destination, at(root, commands));
    const { code, result, lines } = await synchronize({ excludePresets: ['Kafka'] });
    expect(code).toBe(0);
    expect(result?.pendingCommands).toEqual([
      {
        preset: 'Kafka',
        side: 'destination',
        count: 2,
        paths: [`${root}/admin/delete_topics/t1`, `${root}/admin/delete_topics/t2`],
        remedy: expect.stringContaining(
          'deletes these topics. Delete the znodes before',
        ) as unknown,
      },
      expect.objectContaining({ count: 1, paths: [`${root}/admin/reassign_partitions`] }),
      expect.objectContaining({
        count: 1,
        paths: [`${root}/config/changes/config_change_0000000007`],
      }),
    ]);
    expect(result?.message).toContain(
      `At the destination 2 commands of Kafka would be carried out (first ${root}/admin/delete_topics/t1)`,
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'commands are pending', count: 2 }),
    );
    expect(Object.keys(await below(destination, root))).toEqual(
      expect.arrayContaining(Object.keys(commands)),
    );
  });

  test('at the source are named where the copy lacks what they would have done', async () => {
    await put(source, at(root, commands));
    const { result } = await synchronize({ excludePresets: ['Kafka'] });
    expect(result?.pendingCommands?.map(({ side, count }) => ({ side, count }))).toEqual([
      { side: 'source', count: 2 },
      { side: 'source', count: 1 },
    ]);
    expect(result?.message).not.toContain('pendingCommands');
  });

  test('are found in what only the destination has, whether it is kept or not', async () => {
    await put(source, at(root, { '/brokers': '' }));
    await put(destination, at(root, commands));
    const run = { excludePresets: ['Kafka'], deletionPolicy: 'Keep', dryRun: true } as const;
    const { result } = await synchronize(run);
    expect(result?.pendingCommands).toHaveLength(3);
    expect(result?.message).toMatch(/^Dry run.* At the destination 2 commands of Kafka/);
  });

  test('are not looked for where the user leaves them alone, nor without the preset', async () => {
    await put(source, at(root, { '/admin': '' }));
    await put(destination, at(root, commands));
    const excludePaths = [`${root}/admin/**`, `${root}/config/changes/*`];
    const mine = await synchronize({ excludePresets: ['Kafka'], excludePaths });
    expect(mine.result).not.toHaveProperty('pendingCommands');
    const none = await synchronize({ dryRun: true });
    expect(none.result).not.toHaveProperty('pendingCommands');
  });
});

test('applications of Dubbo register at the destination, and leave', async () => {
  const rootPath = '/services';
  await put(source, { [`${rootPath}/shop`]: '' });
  await destination.create(rootPath, null, { mode: 'container' });
  const run = () => synchronize({ rootPath, excludePresets: ['Dubbo'] });
  const succeeds = async () => expect((await run()).result?.outcome).toBe('Success');
  await succeeds();
  const home = `${rootPath}/legacy`;
  await destination.create(home, null, { mode: 'container' });
  const instance = await destination.create(`${home}/10.0.0.2:20880`, null, { mode: 'ephemeral' });
  await succeeds();
  // What the source has not got stays as long as somebody lives there.
  expect(await destination.exists(home)).not.toBeNull();
  await destination.delete(instance.path);
  await succeeds();
  expect(await destination.exists(home)).toBeNull();
});
