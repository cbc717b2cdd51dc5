import { beforeAll, describe, expect, test } from '@jest/globals';
import { nodeTypeArgument } from '../../api/options/synchronize-options.ts';
import type { WorkerResult } from '../../api/worker-contract.ts';
import { eventually } from '../../testing/eventually.ts';
import type { ApplicationName } from './application.ts';
import { Cast, type CastOptions } from './cast.ts';
import {
  readRecording,
  writeRecording,
  type RecordedChange,
  type Recording,
} from './recorded-tree.ts';
import type { RecordedZnode } from './tree-recorder.ts';

const TIMEOUT_MS = 1_200_000;
/** RECORD=1 writes down what the applications write, for the tests of the worker. */
const isRecording = process.env['RECORD'] === '1';

beforeAll(() => {
  process.stderr.write(
    'applications: about 10 minutes; the first time also as long as 300 MB take to download\n',
  );
});

/** What is recorded has to be what the application still writes, or the tests stand on nothing. */
async function recordOrCompare(name: ApplicationName, recording: Recording): Promise<void> {
  if (isRecording) await writeRecording(name, recording);
  const known = await readRecording(name);
  expect(shapeOf(recording.source)).toEqual(shapeOf(known?.source ?? []));
  expect(changesShapeOf(recording.atDestination)).toEqual(
    changesShapeOf(known?.atDestination ?? []),
  );
}

/** Data and versions are not the same twice, nor is who of several comes to an election first. */
function shapeOf(tree: readonly RecordedZnode[]): string[] {
  return tree.map(({ path, kind, ttlMs }) => `${kind} ${anyCandidate(path)}${ttlMs ?? ''}`).sort();
}

/** `…/election/<session>-<node>-n_<number>` without session and node. */
function anyCandidate(path: string): string {
  return path.replace(/(?<=\/election\/).*-(?=n_\d+$)/, '');
}

/** Members do things at the same time, in any order and number. */
function changesShapeOf(changes: readonly RecordedChange[]): string[] {
  return [...new Set(changes.map(({ kind, path }) => `${kind} ${anyCandidate(path)}`))].sort();
}

function cast(options: CastOptions): Promise<Cast> {
  return Cast.create(options);
}

/** A message tells of a failure why. */
const SUCCESS = {
  outcome: 'Success',
  verified: true,
  message: expect.stringMatching(/^Copied and verified/) as unknown,
};

describe('BookKeeper', () => {
  test(
    'lives on at the destination, and its bookies may run there while it is copied',
    async () => {
      const copy = { rootPath: '/', excludePresets: ['BookKeeper'] } as const;
      await using stage = await cast({ application: 'bookkeeper', ports: 3, copy });
      const { directory, ports, normalizer } = stage;
      const there = await stage.start('source', directory, ports);
      for (const ledger of ['0', '1', '2']) expect(await there.say('write')).toBe(ledger);
      expect(await there.say('delete 1')).toBe('deleted');
      const source = normalizer.tree(await stage.tree('source'));
      expect(await stage.copy()).toMatchObject(SUCCESS);
      // In order they would find each other gone, one after the other, and write that down.
      await there.kill();
      await stage.noEphemerals('source');
      expect(await stage.copy()).toMatchObject(SUCCESS);
      await stage.changes('destination');
      const here = await stage.start('destination', directory, ports);
      const atDestination = normalizer.changes(await stage.changes('destination'));
      await recordOrCompare('bookkeeper', { source, atDestination });
      expect(await here.say('list')).toBe('[0, 2]');
      expect(await here.say('read 0')).toBe('entries 10');
      expect(await stage.copy()).toMatchObject({ ...SUCCESS, counts: nothing() });
      // Numbers go on where those of the source ended.
      expect(await here.say('write')).toBe('3');
      expect(await stage.copy()).toMatchObject({ outcome: 'DestinationModified' });
    },
    TIMEOUT_MS,
  );
});

describe('Dubbo', () => {
  test(
    'has its applications found at the destination, which may run there while it is copied',
    async () => {
      const copy = { rootPath: '/', excludePresets: ['Dubbo'] } as const;
      await using stage = await cast({ application: 'dubbo', ports: 2, copy });
      const { ports, normalizer } = stage;
      const there = await stage.start('source', ports);
      await there.say('provide');
      await there.say('provide static');
      expect(await there.say('call')).toBe('hello world');
      const source = normalizer.tree(await stage.tree('source'));
      expect(await stage.copy()).toMatchObject(SUCCESS);
      const copied = await stage.tree('destination');
      expect(copied.filter(({ path }) => path.includes('%26dynamic%3Dfalse'))).toHaveLength(1);
      expect(copied.filter(({ path }) => path.includes('%26dynamic%3Dtrue'))).toEqual([]);
      await there.kill();
      await stage.noEphemerals('source');
      const here = await stage.start('destination', ports);
      await here.say('provide');
      expect(await here.say('call')).toBe('hello world');
      const atDestination = normalizer.changes(await stage.changes('destination'));
      await recordOrCompare('dubbo', { source, atDestination });
      expect(await stage.copy()).toMatchObject(SUCCESS);
      expect(await here.say('call')).toBe('hello world');
      await here.stop();
      expect(await stage.copy()).toMatchObject(SUCCESS);
    },
    TIMEOUT_MS,
  );
});

describe('Kafka', () => {
  test(
    'lives on at the destination, and its commands are told before they strike',
    async () => {
      const copy = { rootPath: '/', excludePresets: ['Kafka'] } as const;
      await using stage = await cast({ application: 'kafka', ports: 3, copy });
      const { directory, normalizer } = stage;
      const [one = '', two = '', three = ''] = stage.ports.split(',');
      const there = await stage.start('source', directory, `${one},${two}`);
      for (const command of [
        'topic orders',
        'topic doomed',
        'configure orders 86400000',
        'user alice',
        'allow alice orders LITERAL',
        'allow alice ord PREFIXED',
        'produce orders',
        'produce doomed',
      ]) {
        await there.say(command);
      }
      expect(await there.say('consume orders')).toBe('consumed 10');
      // The topic cannot be deleted as long as one of its brokers is away.
      await there.say('stop');
      await there.say('delete doomed');
      const source = normalizer.tree(await stage.tree('source'));
      const first = await stage.copy();
      expect(first).toMatchObject(SUCCESS);
      expect(first.pendingCommands).toEqual([pending('source', '/admin/delete_topics/doomed')]);
      await there.kill();
      await stage.noEphemerals('source');
      expect(await stage.copy()).toMatchObject(SUCCESS);
      await stage.changes('destination');
      // The third has an empty directory, and is given an id.
      const here = await stage.start('destination', directory, `${one},${two},${three}`);
      const atDestination = normalizer.changes(await stage.changes('destination'));
      await recordOrCompare('kafka', { source, atDestination });
      expect(atDestination).toContainEqual(
        expect.objectContaining({ kind: 'create', path: '/brokers/ids/1003' }),
      );
      expect(await here.say('list')).toBe('[doomed, orders]');
      expect(await here.say('describe')).toBe('acls 2 users [alice]');
      expect(await here.say('consume orders')).toMatch(/^consumed (0|10)$/);
      await here.say('produce orders');
      await here.say('topic later');
      expect(await stage.copy()).toMatchObject({ outcome: 'DestinationModified' });
      const back = await stage.copyBack({ destinationDrift: 'Overwrite' });
      expect(back).toMatchObject(SUCCESS);
      expect(back.pendingCommands).toContainEqual(
        pending('destination', '/admin/delete_topics/doomed'),
      );
      await here.kill();
    },
    TIMEOUT_MS,
  );
});

describe('Solr', () => {
  test(
    'lives on at the destination, and is a change there as soon as it starts',
    async () => {
      const copy = { rootPath: '/', excludePresets: ['Solr'] } as const;
      await using stage = await cast({ application: 'solr', ports: 2, copy });
      const { directory, ports, normalizer } = stage;
      const there = await stage.start('source', directory, ports);
      for (const command of ['configure', 'collection shop', 'alias front shop', 'write shop']) {
        await there.say(command);
      }
      expect(await there.say('find front')).toBe('found 10');
      const source = normalizer.tree(await stage.tree('source'));
      expect(await stage.copy()).toMatchObject(SUCCESS);
      await there.stop();
      expect(await stage.copy()).toMatchObject(SUCCESS);
      await stage.changes('destination');
      const here = await stage.start('destination', directory, ports);
      const atDestination = normalizer.changes(await stage.changes('destination'));
      await recordOrCompare('solr', { source, atDestination });
      expect(await here.say('find front')).toBe('found 10');
      await here.say('collection second');
      expect(await here.say('list')).toBe('[second, shop]');
      expect(await stage.copy()).toMatchObject({ outcome: 'DestinationModified' });
    },
    TIMEOUT_MS,
  );
});

describe('Curator', () => {
  test(
    'finds its recipes at the destination as what rules say, but for what nobody keeps alive',
    async () => {
      const ttlMs = 4_000;
      const copy = {
        rootPath: '/recipes',
        nodeTypes: [
          nodeTypeArgument({ glob: '/recipes/ttl/**', type: 'TTL', ttlMs }),
          nodeTypeArgument({ glob: '/recipes/ttl', type: 'TTL', ttlMs }),
          ...CONTAINERS.map((glob) => nodeTypeArgument({ glob, type: 'Container' })),
        ],
      };
      await using stage = await cast({ application: 'curator', ports: 0, copy });
      const { normalizer } = stage;
      const there = await stage.start('source', String(ttlMs));
      await there.say('hold');
      const source = normalizer.tree(await stage.tree('source'));
      await there.say('live');
      const result = await stage.copy();
      expect(result).toMatchObject(SUCCESS);
      expect(result.notCarried).toContainEqual(expect.objectContaining({ what: 'ttlTouches' }));
      const expected = source.filter(({ kind }) => kind !== 'Ephemeral');
      const isGone = async () => {
        const tree = await stage.tree('destination');
        return !tree.some(({ path }) => path.startsWith('/recipes/ttl'));
      };
      await eventually(isGone, { timeoutMs: 120_000, description: 'the TTL copies to go' });
      const here = shapeOf(normalizer.tree(await stage.tree('destination')));
      // The root always is persistent, and a container that lost its ephemerals may have gone.
      const wanted = shapeOf(expected).map((line) =>
        line.replace(/^Container (\/recipes)$/, 'Persistent $1'),
      );
      expect(here.filter((line) => !wanted.includes(line))).toEqual([]);
      expect(
        wanted.filter((line) => line.startsWith('Persistent') && !here.includes(line)),
      ).toEqual([]);
      await there.kill();
      await stage.noEphemerals('source');
      const after = await stage.start('destination', String(ttlMs));
      expect(await after.say('next')).toBe('4');
      expect(await after.say('lock')).toBe('locked');
      await recordOrCompare('curator', { source, atDestination: [] });
    },
    TIMEOUT_MS,
  );
});

/** Below /recipes; recipes make them by Curator's creatingParentContainersIfNeeded. */
const CONTAINERS = [
  '/recipes/latch',
  '/recipes/mutex',
  '/recipes/semaphore',
  '/recipes/semaphore/*',
  '/recipes/group',
  '/recipes/node',
  '/recipes/services',
  '/recipes/services/*',
];

function pending(side: 'source' | 'destination', path: string): unknown {
  return expect.objectContaining({ preset: 'Kafka', side, count: 1, paths: [path] });
}

function nothing(): Partial<WorkerResult['counts']> {
  return { created: 0, updated: 0, deleted: 0 };
}
