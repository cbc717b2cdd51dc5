import { describe, expect, test } from '@jest/globals';
import { describeProblems, type Parsed, type Problem } from '../schema/problem.ts';
import { parseBucket } from './bucket.ts';
import { parseDatabase } from './database.ts';
import { parseKubernetesCluster } from './kubernetes-cluster.ts';
import { parseSynchronizationPlan } from './synchronization-plan.ts';
import { parseSynchronization } from './synchronization.ts';

const synchronizationSpec = {
  plugin: 'zookeeper-to-zookeeper-nodes',
  config: { sourceName: 'a', destinationName: 'b', rootPath: '/test' },
};

function synchronization(spec: object): Parsed<unknown> {
  const apiVersion = 'automation.astronetes.io/v1alpha1';
  const metadata = { generateName: 'x-' };
  return parseSynchronization({ apiVersion, kind: 'Synchronization', metadata, spec });
}

function withConfig(config: object): Parsed<unknown> {
  return synchronization({
    ...synchronizationSpec,
    config: { ...synchronizationSpec.config, ...config },
  });
}

function plan(spec: object): Parsed<unknown> {
  return parseSynchronizationPlan({
    apiVersion: 'automation.astronetes.io/v1alpha1',
    kind: 'SynchronizationPlan',
    metadata: { name: 'p' },
    spec: { schedule: '10 * * * *', template: { spec: synchronizationSpec }, ...spec },
  });
}

function database(client: unknown): Parsed<unknown> {
  return parseDatabase({
    apiVersion: 'assets.astronetes.io/v1alpha1',
    kind: 'Database',
    metadata: { name: 'd' },
    spec: { zookeeper: { client } },
  });
}

function withServers(...servers: unknown[]): Parsed<unknown> {
  return database({ servers });
}

function problemsOf(parsed: Parsed<unknown>): readonly Problem[] {
  return parsed.ok ? [] : parsed.problems;
}

interface BadInput {
  readonly title: string;
  readonly parsed: Parsed<unknown>;
  readonly field: string;
  readonly found: string;
  readonly message: string;
}

const rootPaths: BadInput[] = [
  { rootPath: 'test', found: '"test"', says: 'must start with "/"' },
  { rootPath: '', found: '""', says: 'must start with "/"' },
  { rootPath: '//', found: '"//"', says: 'must not contain "//"' },
  { rootPath: '/a//b', found: '"/a//b"', says: 'must not contain "//"' },
  { rootPath: '/a/', found: '"/a/"', says: 'must not end with "/"' },
  { rootPath: '/./a', found: '"/./a"', says: 'must not contain the names "." or ".."' },
  { rootPath: '/a/..', found: '"/a/.."', says: 'must not contain the names "." or ".."' },
  { rootPath: '/zookeeper', found: '"/zookeeper"', says: 'must not be /zookeeper or below it' },
  { rootPath: '/zookeeper/a', found: '"/zookeeper/a"', says: 'must not be /zookeeper or below' },
  {
    rootPath: '/.resiliency-operator/x',
    found: '"/.resiliency-operator/x"',
    says: 'must not be /.resiliency-operator or below it',
  },
  { rootPath: '/a\u0000', found: '"/a\\u0000"', says: 'must not contain control' },
  { rootPath: '/\ue000', found: '"/\ue000"', says: 'must not contain control' },
  { rootPath: '/😀', found: '"/😀"', says: 'must not contain control' },
  {
    rootPath: `/${'a'.repeat(1024)}`,
    found: `"/${'a'.repeat(79)}…"`,
    says: 'must have at most 1024',
  },
  { rootPath: 7, found: '7', says: 'must be a string' },
  { rootPath: null, found: 'null', says: 'must be a string' },
].map(({ rootPath, found, says }) => ({
  title: `rootPath ${JSON.stringify(rootPath).slice(0, 30)}`,
  parsed: withConfig({ rootPath }),
  field: 'spec.config.rootPath',
  found,
  message: `spec.config.rootPath ${says}`,
}));

const servers: BadInput[] = [
  { server: 'zookeeper', found: '"zookeeper"', says: 'must name a port from 1 to 65535' },
  { server: 'zk:0', found: '"zk:0"', says: 'must name a port from 1 to 65535' },
  { server: 'zk:65536', found: '"zk:65536"', says: 'must name a port from 1 to 65535' },
  { server: 'zk:client', found: '"zk:client"', says: 'must name a port from 1 to 65535' },
  { server: '2001:db8::1:2181', found: '"2001:db8::1:2181"', says: 'must have a host name or an' },
  { server: ':2181', found: '":2181"', says: 'must have a host name or an address' },
  { server: 'http://zk:2181', found: '"http://zk:2181"', says: 'must be host:port without a s' },
  { server: 'zk :2181', found: '"zk :2181"', says: 'must be host:port without a scheme' },
  { server: 'zk:2181/a//b', found: '"zk:2181/a//b"', says: 'must have a valid znode path as its' },
  { server: 'zk:2181/a/', found: '"zk:2181/a/"', says: 'must have a valid znode path as its' },
  { server: 2181, found: '2181', says: 'must be a string; found 2181. Put it between quotation' },
].map(({ server, found, says }) => ({
  title: `server ${JSON.stringify(server)}`,
  parsed: withServers(server),
  field: 'spec.zookeeper.client.servers[0]',
  found,
  message: `spec.zookeeper.client.servers[0] ${says}`,
}));

const others: BadInput[] = [
  {
    title: 'an unknown plugin',
    parsed: synchronization({ ...synchronizationSpec, plugin: 'zookeper' }),
    field: 'spec.plugin',
    found: '"zookeper"',
    message:
      'spec.plugin must be one of zookeeper-to-zookeeper-nodes, zookeeper-nodes-to-zookeeper; found "zookeper".',
  },
  {
    title: 'no source',
    parsed: withConfig({ sourceName: undefined }),
    field: 'spec.config.sourceName',
    found: 'nothing',
    message: 'spec.config.sourceName is required; found nothing. Set it: Name of the Database',
  },
  {
    title: 'a source that is no object name',
    parsed: withConfig({ sourceName: 'Zoo_Keeper' }),
    field: 'spec.config.sourceName',
    found: '"Zoo_Keeper"',
    message: 'spec.config.sourceName must be a Kubernetes object name; found "Zoo_Keeper".',
  },
  {
    title: 'source and destination the same',
    parsed: withConfig({ destinationName: 'a' }),
    field: 'spec.config',
    found: 'sourceName "a" and destinationName "a"',
    message:
      'spec.config must name two different Databases as source and destination; found sourceName "a" and destinationName "a". A tree cannot be copied onto itself: correct sourceName or destinationName.',
  },
  {
    title: 'a deletion guard out of range',
    parsed: withConfig({ deletion: { maxPercent: 101 } }),
    field: 'spec.config.deletion.maxPercent',
    found: '101',
    message: 'spec.config.deletion.maxPercent must be from 0 to 100; found 101.',
  },
  {
    title: 'a relative exclusion',
    parsed: withConfig({ exclude: { paths: ['/ok', 'locks/**'] } }),
    field: 'spec.config.exclude.paths[1]',
    found: '"locks/**"',
    message: 'spec.config.exclude.paths[1] must start with "/"; found "locks/**".',
  },
  {
    title: 'a TTL rule without its time',
    parsed: withConfig({ nodeTypes: [{ glob: '/a', type: 'TTL' }] }),
    field: 'spec.config.nodeTypes[0]',
    found: 'type "TTL" and no ttlMs',
    message:
      'spec.config.nodeTypes[0] must have ttlMs if, and only if, its type is TTL; found type "TTL" and no ttlMs. Add ttlMs to a TTL rule; remove it from a Container rule.',
  },
  {
    title: 'fields where a word belongs',
    parsed: withConfig({ rootPath: { path: '/a', user: 'b' } }),
    field: 'spec.config.rootPath',
    found: 'an object with path and user',
    message:
      'spec.config.rootPath must be a string; found an object with path and user. Write a string there.',
  },
  {
    title: 'a list where a word belongs',
    parsed: withConfig({ rootPath: ['/a'] }),
    field: 'spec.config.rootPath',
    found: 'a list of 1 entry',
    message:
      'spec.config.rootPath must be a string; found a list of 1 entry. Write a string there.',
  },
  {
    title: 'a quantity that is none',
    parsed: synchronization({
      ...synchronizationSpec,
      worker: { resources: { limits: { memory: '1 GB' } } },
    }),
    field: 'spec.worker.resources.limits.memory',
    found: '"1 GB"',
    message: 'spec.worker.resources.limits.memory must be a Kubernetes quantity; found "1 GB".',
  },
  {
    title: 'a spec that is a string',
    parsed: synchronization('all of it' as unknown as object),
    field: 'spec',
    found: '"all of it"',
    message: 'spec must be an object (indented fields); found "all of it".',
  },
  {
    title: 'no servers',
    parsed: withServers(),
    field: 'spec.zookeeper.client.servers',
    found: 'an empty list',
    message: 'spec.zookeeper.client.servers must have at least 1 entry; found an empty list.',
  },
  {
    title: 'servers as one string',
    parsed: database({ servers: 'zk-0:2181,zk-1:2181' }),
    field: 'spec.zookeeper.client.servers',
    found: '"zk-0:2181,zk-1:2181"',
    message: 'spec.zookeeper.client.servers must be a list',
  },
  {
    title: 'a chroot on another than the last server',
    parsed: withServers('zk-0:2181/a', 'zk-1:2181'),
    field: 'spec.zookeeper.client.servers',
    found: 'a list of 2 entries',
    message: 'spec.zookeeper.client.servers must have a chroot only after the last address',
  },
  {
    title: 'an admin port that is a number',
    parsed: parseDatabase({
      apiVersion: 'assets.astronetes.io/v1alpha1',
      kind: 'Database',
      spec: { zookeeper: { admin: { protocol: 'http', host: 'zk', port: 8080 } } },
    }),
    field: 'spec.zookeeper.admin.port',
    found: '8080',
    message: 'spec.zookeeper.admin.port must be a string; found 8080. Put it between quotation m',
  },
  {
    title: 'an empty schedule',
    parsed: plan({ schedule: '' }),
    field: 'spec.schedule',
    found: '""',
    message: 'spec.schedule must not be empty; found "".',
  },
  {
    title: 'a time zone in the schedule',
    parsed: plan({ schedule: 'CRON_TZ=UTC 1 * * * *' }),
    field: 'spec.schedule',
    found: '"CRON_TZ=UTC 1 * * * *"',
    message: 'spec.schedule must not contain a time zone',
  },
  {
    title: 'an RPO in days',
    parsed: plan({ rpo: '1d' }),
    field: 'spec.rpo',
    found: '"1d"',
    message: 'spec.rpo must be a duration; found "1d". Write for example 90m, 1h30m or 24h.',
  },
  {
    title: 'an RPO of nothing',
    parsed: plan({ rpo: '0h' }),
    field: 'spec.rpo',
    found: '"0h"',
    message: 'spec.rpo must be longer than nothing; found "0h".',
  },
  {
    title: 'a bad root path in the template of a plan',
    parsed: plan({
      template: {
        spec: {
          ...synchronizationSpec,
          config: { ...synchronizationSpec.config, rootPath: 'test' },
        },
      },
    }),
    field: 'spec.template.spec.config.rootPath',
    found: '"test"',
    message: 'spec.template.spec.config.rootPath must start with "/"; found "test".',
  },
  {
    title: 'a cluster without its Secret',
    parsed: parseKubernetesCluster({
      apiVersion: 'assets.astronetes.io/v1alpha1',
      kind: 'KubernetesCluster',
      spec: {},
    }),
    field: 'spec.secretName',
    found: 'nothing',
    message: 'spec.secretName is required; found nothing.',
  },
  {
    title: 'a bucket with credentials in its endpoint',
    parsed: parseBucket({
      apiVersion: 'assets.astronetes.io/v1alpha1',
      kind: 'Bucket',
      spec: {
        awsS3: { name: 'b', region: 'r', secretName: 's', endpoint: 'https://u:secret@minio' },
      },
    }),
    field: 'spec.awsS3.endpoint',
    found: '"***@minio"',
    message: 'spec.awsS3.endpoint must be http:// or https:// and a host, with no path or user',
  },
  {
    title: 'another kind',
    parsed: parseDatabase({ apiVersion: 'assets.astronetes.io/v1alpha1', kind: 'Bucket' }),
    field: 'kind',
    found: '"Bucket"',
    message: 'kind must be Database; found "Bucket".',
  },
  {
    title: 'no object at all',
    parsed: parseDatabase(null),
    field: 'object',
    found: 'null',
    message: 'object must be an object; found null. Give an object of kind Database.',
  },
  {
    title: 'no spec',
    parsed: parseDatabase({ apiVersion: 'assets.astronetes.io/v1alpha1', kind: 'Database' }),
    field: 'spec',
    found: 'nothing',
    message: 'spec is required; found nothing.',
  },
];

describe('bad input is answered by one sentence with field, value and remedy', () => {
  test.each([...rootPaths, ...servers, ...others])(
    '$title',
    ({ parsed, field, found, message }) => {
      const problems = problemsOf(parsed);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatchObject({ field, found });
      expect(problems[0]!.message.slice(0, message.length)).toBe(message);
      expect(problems[0]!.message).toContain(problems[0]!.allowed);
      expect(problems[0]!.message).toMatch(/\.$/);
    },
  );
});

test('all problems of an object are named at once', () => {
  const parsed = withConfig({ rootPath: 'test', deletion: { minCount: -1 }, verify: 'yes' });
  expect(problemsOf(parsed).map(({ field }) => field)).toEqual([
    'spec.config.rootPath',
    'spec.config.deletion.minCount',
    'spec.config.verify',
  ]);
});

test('a password in a server address is shown nowhere', () => {
  const parsed = withServers('zk://admin:s3cr3t/p@ss@zk:2181');
  expect(problemsOf(parsed)).toHaveLength(1);
  expect(JSON.stringify(parsed)).not.toMatch(/s3cr3t|p@ss/);
  expect(describeProblems(problemsOf(parsed))).toContain('***@zk:2181');
});

test.each(['/', '/test', '/a/b c/…', '/.hidden/..x/...', '/zookeeperx', '/.resiliency-operator2'])(
  'rootPath %j is accepted',
  (rootPath) => {
    expect(problemsOf(withConfig({ rootPath }))).toEqual([]);
  },
);

test('fields of a newer version are passed over', () => {
  expect(withConfig({ compression: 'zstd' }).ok).toBe(true);
});
