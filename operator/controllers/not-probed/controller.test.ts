import { describe, expect, test } from '@jest/globals';
import type { Logger } from '../../../common/logger.ts';
import { FakeClock } from '../../../testing/fake-clock.ts';
import { CustomResourceStore } from '../../kube/custom-resource-store.ts';
import { BUCKETS, KUBERNETES_CLUSTERS, type ResourceType } from '../../kube/resources.ts';
import { FakeKube } from '../../kube/testing/fake-kube.ts';
import { NOT_PROBED_ASSETS, notProbedReconcile } from './controller.ts';

const KEY = { namespace: 'shop', name: 'asset' };

const silent: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silent,
};

const s3 = { name: 'b', region: 'eu-west-1', secretName: 's' };
const gcs = { name: 'b', secretName: 's' };

async function statusAfter(type: ResourceType, spec: object): Promise<unknown> {
  const clock = new FakeClock();
  const kube = new FakeKube({ clock });
  kube.put(type, { metadata: KEY, spec, status: { observedGeneration: -1 } });
  const asset = NOT_PROBED_ASSETS.find((each) => each.definition.names.kind === type.kind);
  const reconcile = notProbedReconcile(asset!, {
    assets: new CustomResourceStore(kube, type),
    clock,
  });
  const context = {
    signal: new AbortController().signal,
    logger: silent,
    yieldToWaiting: () => Promise.resolve(),
    term: kube,
  };
  await reconcile(KEY, context);
  const writes = kube.writes.length;
  await reconcile(KEY, context);
  expect(kube.writes).toHaveLength(writes);
  return kube.object(type, KEY)?.status;
}

describe('an asset that nobody probes', () => {
  test.each([
    { name: 'a Bucket', type: BUCKETS, spec: { awsS3: s3 }, is: 'Unknown', reason: 'NotProbed' },
    {
      name: 'a KubernetesCluster',
      type: KUBERNETES_CLUSTERS,
      spec: { secretName: 's' },
      is: 'Unknown',
      reason: 'NotProbed',
    },
    { name: 'a Bucket of nothing', type: BUCKETS, spec: {}, is: 'False', reason: 'NoBackend' },
    {
      name: 'a Bucket of two storages',
      type: BUCKETS,
      spec: { awsS3: s3, gcpCloudStorage: gcs },
      is: 'False',
      reason: 'SeveralBackends',
    },
    {
      name: 'a KubernetesCluster without a Secret',
      type: KUBERNETES_CLUSTERS,
      spec: {},
      is: 'False',
      reason: 'InvalidSpec',
    },
  ])('says so, once: $name', async ({ type, spec, is, reason }) => {
    expect(await statusAfter(type, spec)).toMatchObject({
      observedGeneration: 1,
      conditions: [{ type: 'Ready', status: is, reason }],
    });
  });
});
