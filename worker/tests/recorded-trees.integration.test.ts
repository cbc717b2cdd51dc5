import { describe, expect, test } from '@jest/globals';
import type { Preset } from '../../api/presets.ts';
import { plant, recordingOf, replay, type Recorded } from '../testing/recorded-trees.ts';
import {
  destination,
  destinationServer,
  source,
  sourceServer,
  synchronize,
  useTwoClusters,
} from '../testing/two-clusters.ts';
import { put } from '../testing/znodes.ts';

useTwoClusters();

interface Application {
  readonly name: Recorded;
  readonly preset: Preset;
  /** How a copy ends once the application has started at the destination. */
  readonly outcome: 'Success' | 'DestinationModified';
  /** Of the first copy: the numbers of commands that wait at the source. */
  readonly commands: readonly number[];
  /** What the application keeps or compares the version of. */
  readonly raisedVersions: readonly string[];
}

const APPLICATIONS: readonly Application[] = [
  {
    name: 'bookkeeper',
    preset: 'BookKeeper',
    outcome: 'Success',
    commands: [],
    raisedVersions: [],
  },
  { name: 'dubbo', preset: 'Dubbo', outcome: 'Success', commands: [], raisedVersions: [] },
  {
    name: 'kafka',
    preset: 'Kafka',
    outcome: 'DestinationModified',
    commands: [1],
    raisedVersions: [
      '/brokers/seqid',
      '/controller_epoch',
      '/brokers/topics/orders/partitions/0/state',
    ],
  },
  {
    name: 'solr',
    preset: 'Solr',
    outcome: 'DestinationModified',
    commands: [],
    raisedVersions: [
      '/aliases.json',
      '/collections/shop/state.json',
      '/collections/shop/terms/shard1',
    ],
  },
];

describe.each(APPLICATIONS)('the tree that $name wrote', (application) => {
  const { name, preset, outcome, commands, raisedVersions } = application;

  test(`is copied, and where ${name} starts at the destination the next copy is ${outcome}`, async () => {
    const chroot = `/${name}`;
    const recording = recordingOf(name);
    await put(source, { [chroot]: '' });
    await plant(source, chroot, recording.source);
    const run = () =>
      synchronize({
        sourceServers: [sourceServer.address + chroot],
        destinationServers: [destinationServer.address + chroot],
        rootPath: '/',
        excludePresets: [preset],
      });
    const first = await run();
    expect(first.result).toMatchObject({ outcome: 'Success', verified: true });
    expect((first.result?.pendingCommands ?? []).map(({ count }) => count)).toEqual(commands);
    for (const path of raisedVersions) {
      const given = (await source.getData(chroot + path)).stat.version;
      const there = (await destination.getData(chroot + path)).stat.version;
      expect({ path, isBehind: there < given }).toEqual({ path, isBehind: false });
    }
    expect((await run()).result).toMatchObject({
      outcome: 'Success',
      counts: { created: 0, updated: 0, deleted: 0 },
    });
    await replay(destination, chroot, recording.atDestination);
    expect((await run()).result).toMatchObject({ outcome });
  });
});
