import { readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { eventually } from '../../../../zookeeper/testing/index.ts';
import { HttpApiClient } from '../../../kube/http-api-client.ts';
import { ResourceClient } from '../../../kube/resource-client.ts';
import { SYNCHRONIZATION_PLANS, SYNCHRONIZATIONS } from '../../../kube/resources.ts';
import { FaultyProxy, type FaultyProxyOptions } from '../../../kube/testing/faulty-proxy.ts';

/** Our kinds under the name of another group: an operator that is installed there lets them be. */
const RENAMES = [['automation.astronetes.io', 'automation-test.astronetes.io']] as const;

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** A client of the real API server, through a proxy. */
export interface ProxiedApi {
  readonly api: HttpApiClient;
  readonly proxy: FaultyProxy;
  close(): Promise<void>;
}

/** Opens a way to the API server on which our kinds are the stand-ins. */
export async function openProxy(
  options: FaultyProxyOptions,
  client: Partial<ConstructorParameters<typeof HttpApiClient>[0]> = {},
): Promise<ProxiedApi> {
  const proxy = new FaultyProxy({ renames: RENAMES, ...options });
  await proxy.start();
  // eslint-disable-next-line no-restricted-syntax -- a client of the proxy, from nobody's configuration
  const kubeConfig = new KubeConfig();
  const cluster = { name: 'proxy', server: proxy.url, skipTLSVerify: true };
  kubeConfig.loadFromClusterAndUser(cluster, { name: 'test' });
  const api = new HttpApiClient({ userAgent: 'resiliency-operator/test', ...client, kubeConfig });
  return {
    api,
    proxy,
    close: async () => {
      api.close();
      await proxy.close();
    },
  };
}

/** Creates the stand-ins of plans and Synchronizations, with the schemas that users get. */
export async function createStandInKinds({ api }: ProxiedApi): Promise<void> {
  for (const body of standIns()) await api.request({ method: 'POST', path: CRDS, body });
  for (const type of [SYNCHRONIZATION_PLANS, SYNCHRONIZATIONS]) {
    const client = new ResourceClient(api, type);
    await eventually(() => client.list({ namespace: 'default' }), { timeoutMs: 30_000 });
  }
}

/** Deletes them and all objects of them. */
export async function deleteStandInKinds({ api }: ProxiedApi): Promise<void> {
  for (const { metadata } of standIns()) {
    await api.request({ method: 'DELETE', path: `${CRDS}/${metadata.name}` });
  }
}

function standIns(): readonly { readonly metadata: { readonly name: string } }[] {
  const names = [SYNCHRONIZATION_PLANS, SYNCHRONIZATIONS].map(
    ({ plural, group }) => `${plural}.${group}`,
  );
  return parseAllDocuments(readFileSync('manifests/crds.yaml', 'utf8'))
    .map((document) => document.toJS() as { metadata: { name: string } })
    .filter(({ metadata }) => names.includes(metadata.name));
}
