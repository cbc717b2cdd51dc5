/** Plans and CronJobs in large numbers, all on the same schedule. */
import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import { AUTOMATION_API_VERSION } from '../../api/groups.ts';
import type { HttpApiClient } from '../../operator/kube/http-api-client.ts';
import { ResourceClient } from '../../operator/kube/resource-client.ts';
import { SYNCHRONIZATION_PLANS, SYNCHRONIZATIONS } from '../../operator/kube/resources.ts';
import { waitUntil } from '../../e2e/cluster/wait-until.ts';
import { inLanes } from './lanes.ts';

export const NAMESPACE = 'default';
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const CRON_JOBS = { group: 'batch', version: 'v1', plural: 'cronjobs', kind: 'CronJob' } as const;
const LANES = 32;

export type CrowdKind = 'plans' | 'cronJobs';

export function nameOf(index: number): string {
  return `bench-${index}`;
}

/** Makes the kinds known, as manifests/crds.yaml has them. */
export async function installKinds(api: HttpApiClient): Promise<void> {
  const text = await readFile('manifests/crds.yaml', 'utf8');
  for (const document of parseAllDocuments(text)) {
    await api.request({ method: 'POST', path: CRDS, body: document.toJS() as unknown });
  }
  for (const type of [SYNCHRONIZATION_PLANS, SYNCHRONIZATIONS]) {
    const client = new ResourceClient(api, type);
    const isServed = () =>
      client.list({ namespace: NAMESPACE }).then(
        () => true,
        () => false,
      );
    await waitUntil(isServed, { what: `${type.plural} to be served`, timeoutMs: 60_000 });
  }
}

/** Creates so many of them. */
export async function createCrowd(
  api: HttpApiClient,
  kind: CrowdKind,
  { count, schedule }: { readonly count: number; readonly schedule: string },
): Promise<void> {
  const client = new ResourceClient(api, kind === 'plans' ? SYNCHRONIZATION_PLANS : CRON_JOBS);
  const manifest = kind === 'plans' ? plan : cronJob;
  const indexes = Array.from({ length: count }, (_, index) => index);
  await inLanes(indexes, LANES, async (index) => {
    await client.create(manifest(nameOf(index), schedule));
  });
}

function plan(name: string, schedule: string) {
  const config = { sourceName: 'source', destinationName: 'destination', rootPath: `/${name}` };
  return {
    apiVersion: AUTOMATION_API_VERSION,
    kind: SYNCHRONIZATION_PLANS.kind,
    metadata: { namespace: NAMESPACE, name },
    spec: {
      schedule,
      template: { spec: { plugin: 'zookeeper-to-zookeeper-nodes', config } },
    },
  };
}

/** Its Jobs are suspended, so that nobody has to run them; they never end, and are let be. */
function cronJob(name: string, schedule: string) {
  const containers = [{ name: 'worker', image: 'none.invalid/none' }];
  const pod = { spec: { restartPolicy: 'Never', containers } };
  return {
    apiVersion: 'batch/v1',
    kind: CRON_JOBS.kind,
    metadata: { namespace: NAMESPACE, name },
    spec: {
      schedule,
      concurrencyPolicy: 'Allow',
      jobTemplate: { spec: { suspend: true, template: pod } },
    },
  };
}
